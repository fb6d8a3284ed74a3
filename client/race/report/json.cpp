#include "client/race/report/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace poetry::race {
namespace {

// Keys stay in the order in which they are written here.
using ordered = nlohmann::ordered_json;

ordered number(double value)
{
  return std::isnan(value) ? ordered() : ordered(value);
}

ordered describe(const measurement& run)
{
  ordered result;
  for (const metric& metric : metrics())
    result[metric.name] = number(run.*metric.value);
  result["wrong"] = run.wrong.empty() ? ordered() : ordered(run.wrong);
  return result;
}

ordered describe(const experiment& experiment, const contender& contender)
{
  const setting& setting = experiment.settings[contender.point];
  const spread wall = spread_of(contender.runs, &measurement::wall);
  const auto verdict = judge_wall(experiment, contender).value_or(verdict::inconclusive);
  ordered runs = ordered::array();
  for (const measurement& run : contender.runs)
    runs.push_back(describe(run));
  return {
    {"point", setting.label},
    {"model", contender.name},
    {"tasks", setting.tasks()},
    {"predicted_s", contender.predicted ? ordered(seconds(*contender.predicted)) : ordered()},
    {"wall_s",
      {{"median", number(wall.median)}, {"min", number(wall.least)}, {"max", number(wall.most)}}},
    {"verdict", to_text(verdict)},
    {"runs", std::move(runs)},
  };
}

ordered describe(const claim& claim)
{
  return {
    {"claim", claim.text},
    {"expected", claim.expected},
    {"measured", claim.measured},
    {"verdict", to_text(claim.verdict)},
    {"win", claim.win},
  };
}

ordered describe(const experiment& experiment)
{
  ordered results = ordered::array();
  for (const contender& contender : experiment.contenders)
    results.push_back(describe(experiment, contender));
  ordered claims = ordered::array();
  for (const claim& claim : experiment.claims)
    claims.push_back(describe(claim));
  return {
    {"name", experiment.scenario.name},
    {"shows", experiment.scenario.shows},
    {"sweep", experiment.scenario.sweep},
    {"effective_cores", number(experiment.cores)},
    {"results", std::move(results)},
    {"claims", std::move(claims)},
  };
}

} // namespace

std::string to_json(std::span<const experiment> experiments)
{
  ordered scenarios = ordered::array();
  for (const experiment& experiment : experiments)
    scenarios.push_back(describe(experiment));
  const ordered result = {{"schema", "slowpoetry.race/1"}, {"scenarios", std::move(scenarios)}};
  return result.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

} // namespace poetry::race
