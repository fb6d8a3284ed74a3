#include "client/race/plan/experiment.hpp"

#include "client/race/plan/prediction.hpp"

#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

/// Three runs each of blocking and async over two poems of a second.
experiment two_models(const std::string& assertion, double blocking, double async)
{
  const scenario scenario{.name = "two", .knobs = {.tasks = 2, .bytes = 100}};
  auto result = make_experiment(scenario, {.models = {"blocking", "async"}}, {}, 2);
  result.claims.push_back({.text = "as expected", .expected = assertion});
  result.contenders[0].runs = std::vector(3, measurement{.wall = blocking});
  result.contenders[1].runs = std::vector(3, measurement{.wall = async});
  result.cores = 2;
  return result;
}

claim last_claim(experiment experiment)
{
  judge(experiment);
  return experiment.claims.back();
}

} // namespace

TEST_CASE("a claim that agrees with the measurements is met")
{
  auto experiment = two_models("async < 0.6 * blocking", 2.01, 1.01);
  judge(experiment);
  for (const claim& claim : experiment.claims)
  {
    CAPTURE(claim.text);
    CHECK(claim.verdict == verdict::met);
  }
  CHECK(experiment.claims.back().measured == "async 1.010 s, blocking 2.010 s");
}

TEST_CASE("an asynchronous client that takes one poem after another is caught")
{
  const auto experiment = two_models("async < 0.6 * blocking", 2.01, 2.01);
  CHECK(last_claim(experiment).verdict == verdict::not_met);
  CHECK(judge_wall(experiment, experiment.contenders[0]).verdict == verdict::met);
  CHECK(judge_wall(experiment, experiment.contenders[1]).verdict == verdict::not_met);
}

TEST_CASE("a single wrong run spoils every claim about its model, however fast the others were")
{
  auto experiment = two_models("async < 0.6 * blocking", 2.01, 1.01);
  experiment.contenders[1].runs[2].wrong = "task 1 got a wrong poem";
  CHECK(judge_wall(experiment, experiment.contenders[1]).verdict == verdict::not_met);
  judge(experiment);
  CHECK(experiment.claims.front().verdict == verdict::not_met);
  CHECK(experiment.claims.front().measured == "1 of 2, not async (task 1 got a wrong poem)");
  CHECK(experiment.claims.back().verdict == verdict::not_met);
  CHECK(experiment.claims.back().measured == "async: task 1 got a wrong poem");
}

TEST_CASE("claims about a point that did not run are inconclusive")
{
  const auto claim = last_claim(two_models("async@64 < blocking", 2, 1));
  CHECK(to_text(claim.verdict) == "inconclusive");
  CHECK(claim.measured == "async@64 did not run");
}

TEST_CASE("claims about what was not measured are inconclusive")
{
  const auto claim = last_claim(two_models("async.tick_max < 10ms", 2, 1));
  CHECK(to_text(claim.verdict) == "inconclusive");
  CHECK(claim.measured == "async.tick_max was not measured");
}

TEST_CASE("before anything has run everything is inconclusive")
{
  auto experiment = two_models("async < blocking", 2, 1);
  for (contender& contender : experiment.contenders)
    contender.runs.clear();
  judge(experiment);
  for (const claim& claim : experiment.claims)
  {
    CAPTURE(claim.text);
    CHECK(to_text(claim.verdict) == "inconclusive");
  }
}

TEST_CASE("claims about several cores are inconclusive where too few are idle")
{
  auto experiment = two_models("async < 0.1 * blocking", 2.01, 1.01);
  experiment.claims.back().cores_needed = 2;
  CHECK(last_claim(experiment).verdict == verdict::not_met);
  experiment.cores = 1.7;
  CHECK(last_claim(experiment).verdict == verdict::inconclusive);
  CHECK(last_claim(experiment).measured.find("takes 1.8 effective cores, the machine had 1.70") !=
        std::string::npos);
}

TEST_CASE("too few cores excuse a run that is slow, and none that is faster than predicted")
{
  auto experiment = two_models("async < blocking", 2.0, 1.0);
  auto& async = experiment.contenders[1];
  experiment.cores = 0.5;
  async.cores_needed = 1;
  CHECK(judge_wall(experiment, async).verdict == verdict::met);
  async.runs = std::vector(3, measurement{.wall = 1.5});
  CHECK(judge_wall(experiment, async).verdict == verdict::inconclusive);
  async.runs = std::vector(3, measurement{.wall = 0.5});
  CHECK(judge_wall(experiment, async).verdict == verdict::not_met);
}

TEST_CASE("no more than the missing cores explain is excused")
{
  auto experiment = two_models("async < blocking", 2.0, 1.0);
  auto& async = experiment.contenders[1];
  experiment.cores = 1;
  async.cores_needed = 2;
  async.runs = std::vector(3, measurement{.wall = 1.9});
  CHECK(judge_wall(experiment, async).verdict == verdict::inconclusive);
  async.runs = std::vector(3, measurement{.wall = 4.0});
  CHECK(judge_wall(experiment, async).verdict == verdict::not_met);
  // It works twice as much.
  async.runs = std::vector(3, measurement{.wall = 4.0, .cpu = 2.1, .delay = 3.0});
  CHECK(judge_wall(experiment, async).verdict == verdict::inconclusive);
  async.runs = std::vector(3, measurement{.wall = 4.0, .cpu = 4.0, .delay = 3.0});
  CHECK(judge_wall(experiment, async).verdict == verdict::not_met);
}

TEST_CASE("what others on the machine took is not the program's fault, and nothing beyond it")
{
  auto experiment = two_models("async < 0.55 * blocking", 2.01, 1.01);
  auto& async = experiment.contenders[1];
  async.runs = std::vector(3, measurement{.wall = 1.2, .delay = 0.22});
  CHECK(judge_wall(experiment, async).verdict == verdict::inconclusive);
  judge(experiment);
  CHECK(experiment.claims[1].measured ==
        "1 of 2, inconclusive async (others on the machine may have delayed it by 0.220 s)");
  CHECK(experiment.claims[1].verdict == verdict::met);
  CHECK(experiment.claims.back().verdict == verdict::inconclusive);
  CHECK(experiment.claims.back().measured ==
        "async 1.200 s, blocking 2.010 s; others on the machine may have delayed async by 0.220 s");

  // It takes one poem after another, and was delayed as well.
  async.runs = std::vector(3, measurement{.wall = 2.2, .delay = 0.22});
  CHECK(judge_wall(experiment, async).verdict == verdict::not_met);
  CHECK(last_claim(experiment).verdict == verdict::not_met);

  // Delays make nobody faster.
  async.runs = std::vector(3, measurement{.wall = 0.8, .delay = 0.22});
  CHECK(judge_wall(experiment, async).verdict == verdict::not_met);
}

TEST_CASE("a tick is late once, by what a thread waits when others have the cores")
{
  auto experiment = two_models("async.tick_p99 < 10ms", 2.01, 1.01);
  auto& async = experiment.contenders[1];
  async.runs = {{.wall = 1.01, .switches = 60, .tick_p99 = 0.0142, .delay = 0.1}};
  CHECK(last_claim(experiment).verdict == verdict::inconclusive);
  // Its loop is blocked.
  async.runs[0].tick_p99 = 0.49;
  CHECK(last_claim(experiment).verdict == verdict::not_met);
}

TEST_CASE("a claim that failed at a point of a sweep names the point")
{
  scenario scenario{.name = "swept", .knobs = {.bytes = 100}};
  scenario.claims = {{.text = "as expected", .expected = "async < 0.6 * blocking@1"}};
  auto experiment = make_experiment(scenario,
    {.sweep = "tasks", .values = {"1", "2", "4"}, .models = {"blocking", "async"}}, {}, 2);
  experiment.claims = scenario.claims;
  for (contender& contender : experiment.contenders)
    contender.runs = {{.wall = contender.name == "async" ? 0.5 : 1.0}};
  CHECK(last_claim(experiment).verdict == verdict::met);
  // Not at the last point, at which alone it was judged once.
  experiment.contenders[3].runs = {{.wall = 0.9}};
  CHECK(last_claim(experiment).verdict == verdict::not_met);
  CHECK(last_claim(experiment).measured == "tasks 2: async 0.900 s, blocking@1 1.000 s");
  // Whatever the machine could not tell before.
  experiment.contenders[1].runs = {{.wall = 0.7, .delay = 0.2}};
  CHECK(last_claim(experiment).verdict == verdict::not_met);
  experiment.contenders[3].runs = {{.wall = 0.5}};
  CHECK(last_claim(experiment).verdict == verdict::inconclusive);
  CHECK(last_claim(experiment).measured.starts_with("tasks 1: "));
}

TEST_CASE("work that was not done, or done twice, is caught")
{
  const scenario scenario{.name = "work", .knobs = {.tasks = 1, .bytes = 100, .work = 1ms}};
  auto experiment = make_experiment(scenario, {.models = {"async"}}, {}, 2);
  experiment.contenders[0].runs = {{.wall = 1, .work_due = 0.01}};
  for (const auto& [work, expected] : {std::pair(0.0102, verdict::met), {0.005, verdict::not_met},
         {0.02, verdict::not_met}, {0.0, verdict::not_met}})
  {
    CAPTURE(work);
    experiment.contenders[0].runs[0].work = work;
    CHECK(last_claim(experiment).verdict == expected);
  }
}

TEST_CASE("the median is judged, and the least and most are shown with it")
{
  const std::vector<measurement> runs = {{.wall = 3}, {.wall = 1}, {.wall = 2}};
  const spread spread = spread_of(runs, &measurement::wall);
  CHECK(spread.median == 2);
  CHECK(spread.least == 1);
  CHECK(spread.most == 3);
}

TEST_CASE("without pauses async may be as fast as it likes, but not much slower than blocking")
{
  auto experiment =
    make_experiment(find_scenario("noblock"), {.models = {"blocking", "async"}}, {}, 2);
  experiment.contenders[0].runs = {{.wall = 1}};
  for (const auto& [wall, expected] :
    {std::pair(1.9, verdict::met), {0.3, verdict::met}, {2.1, verdict::not_met}})
  {
    CAPTURE(wall);
    experiment.contenders[1].runs = {{.wall = wall}};
    CHECK(last_claim(experiment).verdict == expected);
  }
}
