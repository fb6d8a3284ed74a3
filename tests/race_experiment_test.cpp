#include "client/race/plan/experiment.hpp"

#include "client/models.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

/// Claims about every scenario are not counted.
std::ptrdiff_t count_claims(const char* scenario, const changes& changes)
{
  const auto experiment = make_experiment(find_scenario(scenario), changes, {}, 2);
  return std::ranges::count_if(
    experiment.claims, [](const claim& claim) { return claim.subject != subject::fairness; });
}

} // namespace

TEST_CASE("every claim of every scenario can be read, and is about what runs")
{
  for (const scenario& scenario : scenarios())
  {
    CAPTURE(scenario.name);
    const auto experiment = make_experiment(scenario, {}, {}, 2);
    CHECK(count_claims(scenario.name.c_str(), {}) == std::ssize(scenario.claims));
    for (const claim& claim : scenario.claims)
    {
      CAPTURE(claim.expected);
      for (const quantity& quantity : quantities_of(claim.expected))
      {
        CAPTURE(to_text(quantity));
        CHECK((claim.is_of_each() || experiment.find(quantity, 0)));
      }
    }
  }
}

TEST_CASE("changes that a scenario does not allow are refused")
{
  const auto refused = [](const char* scenario, const changes& changes) {
    CHECK_THROWS_AS(make_experiment(find_scenario(scenario), changes, {}, 2), usage_error);
  };
  CHECK_THROWS_AS(find_scenario("limerick"), usage_error);
  refused("essay", {.knobs = {{"tasks", "4"}}});
  refused("many", {.knobs = {{"tasks", "none"}}});
  refused("chain", {.knobs = {{"tasks", "101"}}});
  refused("straggler", {.knobs = {{"tasks", "101"}}});
  refused("faults", {.knobs = {{"tasks", "4"}}});
  refused("one-at-a-time", {.sweep = "slower", .values = {"1", "3"}});
  refused("many", {.models = {"async"}, .assertions = {"blocking < async"}});
  refused("many", {.assertions = {"async@3 < 1"}});
  refused("many", {.knobs = {{"delay", "60s"}, {"bytes", "60M"}}});
  refused("many", {.knobs = {{"tasks", "1000000"}, {"bytes", "64M"}, {"delay", "60s"}}});
  refused("many", {.knobs = {{"tasks", "1000000"}}, .models = {"blocking"}, .runs = 100});
}

TEST_CASE("with other knobs or models a scenario claims only what can hold")
{
  CHECK(count_claims("one", {}) == 2);
  CHECK(count_claims("one", {.knobs = {{"tasks", "5"}}}) == 0);
  CHECK(count_claims("one", {.knobs = {{"delay", "50ms"}}}) == 2);
  CHECK(count_claims("straggler", {.knobs = {{"tasks", "4"}}}) == 1);
  CHECK(count_claims("noblock", {.knobs = {{"delay", "20ms"}}}) == 1);
  CHECK(count_claims("essay", {.knobs = {{"delay", "10ms"}}}) == 4);
  CHECK(count_claims("many", {.knobs = {{"tasks", "20"}}}) == 0);
  CHECK(count_claims("many", {.sweep = "tasks", .values = {"1", "64"}}) == 3);
  CHECK(count_claims("essay", {.models = {"blocking", "async"}}) == 3);
  CHECK(count_claims("chain", {.knobs = {{"tasks", "16"}}}) == 1);
  // Without pauses nothing is predicted, and which model is ahead is no claim.
  for (const char* scenario : {"essay", "many", "io", "adapts", "responsive", "cost"})
    CHECK(count_claims(scenario, {.knobs = {{"delay", "0"}}}) == 0);
  CHECK(count_claims("essay", {.sweep = "delay", .values = {"10ms", "0"}}) == 0);
  CHECK(count_claims("faults", {.knobs = {{"delay", "0"}}}) == 4);
  // Nor is it of runs that starting a program takes as long as.
  for (const char* scenario : {"responsive", "cost", "adapts"})
    CHECK(count_claims(scenario, {.knobs = {{"delay", "1ms"}}}) == 0);
  CHECK(count_claims("responsive", {.knobs = {{"delay", "50ms"}}}) == 5);
}

TEST_CASE("every scenario's claims agree with its own predictions")
{
  for (const scenario& scenario : scenarios())
  {
    CAPTURE(scenario.name);
    const changes same{.knobs = {{"delay", fmt::format("{}ms", scenario.knobs.delay / 1ms)}}};
    CHECK(count_claims(scenario.name.c_str(), same) == std::ssize(scenario.claims));
  }
}

TEST_CASE("an assertion of the user's is a claim by the same name")
{
  const auto experiment = make_experiment(find_scenario("many"),
    {.models = {"async"}, .assertions = {"async < 5s", "async.cpu < 1s"}}, {}, 2);
  CHECK(experiment.claims.back().text == "async.cpu < 1s");
}

TEST_CASE("one idle core is enough for what one thread computes")
{
  const auto experiment = make_experiment(find_scenario("cpu"), {}, {}, 2);
  for (const contender& contender : experiment.contenders)
  {
    CAPTURE(contender.name);
    const bool alone = contender.overlap != overlap::waits_and_work;
    CHECK(contender.cores_needed == (alone ? 1 : 2));
  }
}

TEST_CASE("a prediction for several cores needs as many as it divides the work between")
{
  const auto experiment =
    make_experiment(find_scenario("cpu"), {.models = {"async", "threads"}}, {}, 8);
  CHECK(experiment.contenders[0].cores_needed == 1);
  CHECK(experiment.contenders[1].cores_needed == 4);
}

TEST_CASE("nothing but the swept knob changes between the points of a sweep")
{
  const auto delays = [](const changes& changes) {
    std::vector<duration> result;
    for (const setting& setting : make_experiment(find_scenario("many"), changes, {}, 2).settings)
      result.push_back(setting.knobs.delay);
    return result;
  };
  CHECK(
    delays({.sweep = "tasks", .values = {"1", "100", "1000"}}) == std::vector(3, duration(50ms)));
  CHECK(delays({.sweep = "tasks", .values = {"1", "100"}}) == std::vector(2, duration(10ms)));
  CHECK(delays({.knobs = {{"delay", "1ms"}}, .sweep = "tasks", .values = {"1", "1000"}}) ==
        std::vector(2, duration(1ms)));
}

TEST_CASE("a million tasks are left to the model that can do them at once")
{
  const auto experiment =
    make_experiment(find_scenario("many"), {.knobs = {{"tasks", "1000000"}}}, {}, 2);
  REQUIRE(experiment.contenders.size() == 1);
  CHECK(experiment.contenders[0].name == "async");
}

TEST_CASE("all scenarios together are predicted to take less than five minutes")
{
  double total = 0;
  for (scenario scenario : scenarios())
  {
    if (scenario.knobs.essay)
      scenario.knobs.delay /= 10;
    if (scenario.knobs.tasks < least_crowd)
      total += make_experiment(scenario, {}, {}, 2).time_s();
  }
  CHECK(total < 280);
}
