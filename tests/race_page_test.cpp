#include "client/race/report/report.hpp"

#include "client/race/run/scratch.hpp"
#include "tests/figure_traces.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

/// The page of a race that swept `knob` over `values`.
std::string page_of_sweep(const std::string& knob, const std::vector<std::string>& values)
{
  scenario scenario{.name = "swept", .shows = "What is swept.", .knobs = {.tasks = 2}};
  wishes wishes;
  wishes.models = {"blocking", "async"};
  wishes.sweep = knob;
  wishes.values = values;
  outcome outcome{make_plan(scenario, wishes, {}, 2), {}, {}, 2.0};
  for (std::size_t i = 0; i < outcome.plan.pairings.size(); ++i)
  {
    measurement run;
    run.wall = 1.0 + static_cast<double>(i);
    outcome.runs.push_back({run});
  }
  outcome.traces.resize(outcome.runs.size());
  const std::vector<std::vector<judgement>> judgements = {judge(outcome)};
  return to_page(std::vector{outcome}, judgements, "poetry-race");
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
      CHECK(page.find(fmt::format("data-kind=\"run\" data-x=\"{}\"", place)) != page.npos);
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

TEST_CASE("claims are wins, cases without one, tested or not, and that the race is fair")
{
  const auto page = page_of_sweep("tasks", {"1", "4"});
  const auto fair = page.find("That the race is fair");
  REQUIRE(fair != page.npos);
  CHECK(page.find("every poem arrives whole") > fair);
  const auto untested = page.find("see poetry-race --scenario straggler");
  CHECK(untested != page.npos);
  CHECK(untested > page.find("Where it does not"));
  CHECK(untested < fair);
}

TEST_CASE("commands are shown without the file that only the race knew")
{
  scratch scratch;
  auto trace = testing::trace_of("async", testing::interleaved());
  const auto path = scratch.folder() / "trace-1";
  const std::string command = "get-poetry-async";
  trace.replace(trace.find(command), command.size(), command + " --trace " + path.string() + " 1");
  std::ofstream(path) << trace;
  wishes wishes;
  wishes.models = {"async"};
  outcome outcome{make_plan({.name = "one", .knobs = {.tasks = 3}}, wishes, {}, 2), {}, {}, 2.0};
  outcome.runs = {{measurement{.wall = 1}}};
  outcome.traces = {path};
  const std::vector<std::vector<judgement>> judgements = {judge(outcome)};
  const auto page = to_page(std::vector{outcome}, judgements, "poetry-race");
  CHECK(page.find("get-poetry-async 1<") != page.npos);
  CHECK(page.find(path.string()) == page.npos);
}

TEST_CASE("a sweep over something that is no number has no curve")
{
  const auto page = page_of_sweep("cores", {"1", "all"});
  CHECK(page.find("data-figure=\"sweep\"") == page.npos);
  CHECK(page.find("async, cores all") != page.npos);
}
