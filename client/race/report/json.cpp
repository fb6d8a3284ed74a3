#include "client/race/report/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace poetry::race {
namespace {

// Keys stay in the order in which they are written here.
using json = nlohmann::ordered_json;

json number(double value)
{
  return std::isnan(value) ? json() : json(value);
}

json describe(const measurement& run)
{
  json result;
  for (const metric& metric : metrics)
    result[metric.name] = number(run.*metric.value);
  result["wrong"] = run.wrong.empty() ? json() : json(run.wrong);
  return result;
}

json describe(const experiment& experiment, const contender& contender)
{
  const setting& setting = experiment.settings[contender.point];
  const spread wall = spread_of(contender.runs, &measurement::wall);
  const auto verdict = judge_wall(experiment, contender).value_or(verdict::inconclusive);
  const auto shape = shape_of(setting, contender);
  json runs = json::array();
  for (const measurement& run : contender.runs)
    runs.push_back(describe(run));
  return {
    {"point", setting.label},
    {"model", contender.name},
    {"tasks", setting.tasks()},
    {"predicted_s", number(contender.predicted_s())},
    {"wall_s",
      {{"median", number(wall.median)}, {"min", number(wall.least)}, {"max", number(wall.most)}}},
    {"verdict", to_text(verdict)},
    {"shape", shape.empty() ? json() : json(shape)},
    {"repeated", contender.repeated},
    {"runs", std::move(runs)},
  };
}

json describe(const claim& claim)
{
  return {
    {"claim", claim.text},
    {"expected", claim.expected},
    {"measured", claim.measured},
    {"verdict", to_text(claim.verdict)},
    {"win", claim.win},
  };
}

json describe(const experiment& experiment)
{
  json results = json::array();
  for (const contender& contender : experiment.contenders)
    results.push_back(describe(experiment, contender));
  json claims = json::array();
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
  json scenarios = json::array();
  for (const experiment& experiment : experiments)
    scenarios.push_back(describe(experiment));
  const json result = {{"schema", "slowpoetry.race/1"}, {"scenarios", std::move(scenarios)}};
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace poetry::race
