#include "client/race/run/verdict.hpp"

#include "client/race/plan/assertion.hpp"
#include "client/race/plan/prediction.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

measurement took(double wall)
{
  measurement run;
  run.wall = wall;
  return run;
}

/// Three runs each of blocking and async over two poems of a second.
outcome two_models(const std::string& assertion, double blocking, double async)
{
  scenario scenario{.name = "two", .knobs = {.tasks = 2, .bytes = 100}};
  scenario.expectations = {{"as expected", assertion}};
  wishes wishes;
  wishes.models = {"blocking", "async"};
  outcome result{make_plan(scenario, wishes, {}, 2), {}, {}, 2.0};
  result.runs = {std::vector(3, took(blocking)), std::vector(3, took(async))};
  return result;
}

verdict last_verdict(const outcome& outcome)
{
  return judge(outcome).back().verdict;
}

} // namespace

TEST_CASE("what was expected and measured is met")
{
  const outcome outcome = two_models("async < 0.6 * blocking", 2.01, 1.01);
  for (const judgement& judgement : judge(outcome))
  {
    CAPTURE(judgement.claim);
    CHECK(judgement.verdict == verdict::met);
  }
  CHECK(judge(outcome).back().measured == "async 1.010 s, blocking 2.010 s");
}

TEST_CASE("an asynchronous client that takes one poem after another is caught")
{
  const outcome outcome = two_models("async < 0.6 * blocking", 2.01, 2.01);
  CHECK(last_verdict(outcome) == verdict::not_met);
  CHECK(judge_pairing(outcome, 0) == verdict::met);
  CHECK(judge_pairing(outcome, 1) == verdict::not_met);
}

TEST_CASE("a single wrong run spoils every claim about its model, however fast the others were")
{
  outcome outcome = two_models("async < 0.6 * blocking", 2.01, 1.01);
  outcome.runs[1][2].wrong = "task 1 got a wrong poem";
  CHECK(last_verdict(outcome) == verdict::not_met);
  CHECK(judge_pairing(outcome, 1) == verdict::not_met);
  CHECK(judge(outcome).front().verdict == verdict::not_met);
  CHECK(judge(outcome).back().measured == "async: task 1 got a wrong poem");
}

TEST_CASE("claims about what did not run are withheld, or not made where models were chosen")
{
  CHECK(two_models("threads < blocking", 2, 1).plan.scenario.expectations.empty());
  CHECK(last_verdict(two_models("async@64 < blocking", 2, 1)) == verdict::withheld);
}

TEST_CASE("claims about what was not measured are withheld")
{
  const outcome outcome = two_models("async.tick_max < 10ms", 2, 1);
  CHECK(last_verdict(outcome) == verdict::withheld);
  CHECK(judge(outcome).back().measured == "async.tick_max was not measured");
}

TEST_CASE("claims about several cores are withheld where there are none to spare")
{
  outcome outcome = two_models("async < 0.1 * blocking", 2.01, 1.01);
  outcome.plan.scenario.expectations[0].cores_needed = parallel_cores;
  CHECK(last_verdict(outcome) == verdict::not_met);
  outcome.cores = 1.7;
  CHECK(last_verdict(outcome) == verdict::withheld);
  CHECK(judge(outcome).back().measured.find("takes 1.8 effective cores, the machine had 1.70") !=
        std::string::npos);
}

TEST_CASE("a core to spare is enough for what one thread computes")
{
  const plan plan = make_plan(find_scenario("cpu"), {}, {}, 2);
  for (const pairing& pairing : plan.pairings)
  {
    CAPTURE(pairing.model);
    const bool alone = cores_for(plan.settings[0].knobs, pairing.model, 2) == 1;
    CHECK(pairing.cores_needed == (alone ? one_core : parallel_cores));
  }
  CHECK(plan.scenario.expectations[0].cores_needed == one_core);
}

TEST_CASE("too few cores excuse a run that is slow, and none that is faster than predicted")
{
  outcome outcome = two_models("async < blocking", 2.0, 1.0);
  outcome.cores = 0.5;
  outcome.plan.pairings[1].cores_needed = one_core;
  CHECK(judge_pairing(outcome, 1) == verdict::withheld);
  outcome.runs[1] = std::vector(3, took(1.5));
  CHECK(judge_pairing(outcome, 1) == verdict::withheld);
  outcome.runs[1] = std::vector(3, took(0.5));
  CHECK(judge_pairing(outcome, 1) == verdict::not_met);
}

TEST_CASE("work that was not done, or done twice, is caught")
{
  scenario scenario{.name = "work", .knobs = {.tasks = 1, .bytes = 100, .work = 1ms}};
  wishes wishes;
  wishes.models = {"async"};
  outcome outcome{make_plan(scenario, wishes, {}, 2), {{took(1.0)}}, {}, 2.0};
  measurement& run = outcome.runs[0][0];
  run.work_due = 0.01;
  run.work = 0.0102;
  CHECK(last_verdict(outcome) == verdict::met);
  for (const double work : {0.005, 0.02, 0.0})
  {
    run.work = work;
    CHECK(last_verdict(outcome) == verdict::not_met);
  }
}

TEST_CASE("the median is judged, and the least and most are shown with it")
{
  const std::vector<measurement> runs = {took(3), took(1), took(2)};
  const spread spread = spread_of(runs, &measurement::wall);
  CHECK(spread.median == 2);
  CHECK(spread.least == 1);
  CHECK(spread.most == 3);
}

TEST_CASE("without pauses async may be as fast as it likes, but not much slower than blocking")
{
  outcome outcome{make_plan(find_scenario("noblock"), {.models = {"blocking", "async"}}, {}, 2),
    {{took(1)}, {took(1.9)}}, {}};
  CHECK(last_verdict(outcome) == verdict::met);
  outcome.runs[1] = {took(0.3)};
  CHECK(last_verdict(outcome) == verdict::met);
  outcome.runs[1] = {took(2.1)};
  CHECK(last_verdict(outcome) == verdict::not_met);
}

TEST_CASE("every expectation of every scenario can be read, and is about what it runs")
{
  for (const scenario& scenario : scenarios())
  {
    CAPTURE(scenario.name);
    const plan plan = make_plan(scenario, {}, {}, 2);
    for (const expectation& expectation : scenario.expectations)
    {
      CAPTURE(expectation.assertion);
      const assertion assertion(expectation.assertion);
      for (const quantity& quantity : assertion.quantities())
      {
        CAPTURE(quantity.model);
        CHECK((quantity.point.empty() || plan.find_point(quantity.point)));
        CHECK(std::ranges::any_of(
          plan.pairings, [&](const pairing& pairing) { return pairing.model == quantity.model; }));
      }
    }
  }
}

TEST_CASE("a plan refuses what its scenario cannot do")
{
  const auto refused = [](const char* scenario, const wishes& wishes) {
    CHECK_THROWS_AS(make_plan(find_scenario(scenario), wishes, {}, 2), usage_error);
  };
  CHECK_THROWS_AS(find_scenario("limerick"), usage_error);
  refused("essay", {.knobs = {{"tasks", "4"}}});
  refused("many", {.knobs = {{"tasks", "none"}}});
  refused("chain", {.knobs = {{"tasks", "101"}}});
  refused("straggler", {.knobs = {{"tasks", "101"}}});
  refused("one-at-a-time", {.sweep = "slower", .values = {"1", "3"}});
  refused("many", {.models = {"async"}, .assertions = {"blocking < async"}});
  refused("many", {.assertions = {"async@3 < 1"}});
  refused("many", {.knobs = {{"delay", "60s"}, {"bytes", "60M"}}});
  refused("many", {.knobs = {{"tasks", "1000000"}, {"bytes", "64M"}, {"delay", "60s"}}});
  refused("many", {.knobs = {{"tasks", "1000000"}}, .models = {"blocking"}, .runs = 100});
}

TEST_CASE("with other knobs a scenario claims only what can hold")
{
  const auto claims = [](const char* scenario, const wishes& wishes) {
    return make_plan(find_scenario(scenario), wishes, {}, 2).scenario.expectations.size();
  };
  CHECK(claims("one", {}) == 2);
  CHECK(claims("one", {.knobs = {{"tasks", "5"}}}) == 0);
  CHECK(claims("one", {.knobs = {{"delay", "50ms"}}}) == 2);
  CHECK(claims("straggler", {.knobs = {{"tasks", "4"}}}) == 1);
  CHECK(claims("noblock", {.knobs = {{"delay", "20ms"}}}) == 1);
  CHECK(claims("essay", {.knobs = {{"delay", "10ms"}}}) == 4);
  CHECK(claims("many", {.knobs = {{"tasks", "20"}}}) == 0);
  CHECK(claims("many", {.sweep = "tasks", .values = {"1", "64"}}) == 3);
  CHECK(claims("essay", {.models = {"blocking", "async"}}) == 3);
  CHECK(claims("chain", {.knobs = {{"tasks", "16"}}}) == 1);
}

TEST_CASE("every scenario's claims agree with its own predictions")
{
  for (const scenario& scenario : scenarios())
  {
    CAPTURE(scenario.name);
    const auto delay = scenario.knobs.delay;
    const wishes same{.knobs = {{"delay", fmt::format("{}ms", delay / 1ms)}}};
    CHECK(make_plan(scenario, same, {}, 2).scenario.expectations.size() ==
          scenario.expectations.size());
  }
}

TEST_CASE("an assertion of the user's is called by what it says")
{
  const plan plan = make_plan(find_scenario("many"),
    {.models = {"async"}, .assertions = {"async < 5s", "async.cpu < 1s"}}, {}, 2);
  CHECK(plan.scenario.expectations.back().claim == "async.cpu < 1s");
}

TEST_CASE("a million tasks are allowed to those who do not take them one after another")
{
  const plan plan = make_plan(find_scenario("many"), {.knobs = {{"tasks", "1000000"}}}, {}, 2);
  REQUIRE(plan.pairings.size() == 1);
  CHECK(plan.pairings[0].model == "async");
}

TEST_CASE("all scenarios together are predicted to take four minutes, of the five they may take")
{
  duration total{};
  for (scenario scenario : scenarios())
  {
    if (scenario.knobs.essay)
      scenario.knobs.delay /= 10;
    total += make_plan(scenario, {}, {}, 2).time();
  }
  CHECK(total < 230s);
}
