#include "client/race/report/report.hpp"

#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

/// The page of a race that swept `knob` over `values`.
std::string page_of_sweep(const std::string& knob, const std::vector<std::string>& values)
{
  scenario scenario{.name = "swept", .shows = "What is swept.", .knobs = {.tasks = 2}};
  auto experiment = make_experiment(
    scenario, {.sweep = knob, .values = values, .models = {"blocking", "async"}}, {}, 2);
  double wall = 1.0;
  for (contender& contender : experiment.contenders)
    contender.runs.push_back({.wall = wall++});
  judge(experiment);
  return to_page({&experiment, 1}, "poetry-race");
}

} // namespace

TEST_CASE("the axis of a sweep has a unit, and its values are in it")
{
  struct sweep
  {
    std::string knob;
    std::vector<std::string> values;
    std::string label;
    std::vector<std::string> places;
  };
  for (const auto& [knob, values, label, places] :
    {sweep{"delay", {"20ms", "0.1s"}, "delay, ms", {"20", "100"}},
      sweep{"work", {"0", "1.5ms"}, "work, ms", {"0", "1.5"}},
      sweep{"bytes", {"1k", "2M"}, "bytes, logarithmic", {"1024", "2097152"}},
      sweep{"tasks", {"1", "4"}, "tasks", {"1", "4"}}})
  {
    CAPTURE(knob);
    const auto page = page_of_sweep(knob, values);
    CHECK(page.find(">" + label + "</text>") != page.npos);
    for (const auto& place : places)
    {
      CAPTURE(place);
      CHECK(page.find(">" + place + "</text>") != page.npos);
    }
  }
}

TEST_CASE("the title of a sweep is short, what it shows is told below")
{
  const auto page = page_of_sweep("tasks", {"1", "4"});
  CHECK(page.find(">swept: wall clock over tasks</text>") != page.npos);
  CHECK(page.find("<figcaption>What is swept. Every dot") != page.npos);
}

TEST_CASE("claims are those where async wins, those where it does not, and that the race is fair")
{
  const auto page = page_of_sweep("tasks", {"1", "4"});
  const auto fair = page.find("That the race is fair");
  REQUIRE(fair != page.npos);
  CHECK(page.find("every poem arrives complete") > fair);
  const auto untested = page.find("run poetry-race --scenario straggler");
  CHECK(untested != page.npos);
  CHECK(untested > page.find("Where it does not"));
  CHECK(untested < fair);
}

TEST_CASE("a sweep over something that is no number has no curve")
{
  const auto page = page_of_sweep("cores", {"1", "all"});
  CHECK(page.find("class=\"run ") == page.npos);
  CHECK(page.find("<h3>cores all</h3>") != page.npos);
}
