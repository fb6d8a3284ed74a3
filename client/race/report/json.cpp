#include "client/race/report/report.hpp"

#include <nlohmann/json.hpp>

namespace poetry::race {
namespace {

// Keys stay in the order in which they are written here. NaN is written as null.
using json = nlohmann::ordered_json;

json text_or_null(const std::string& text)
{
  return text.empty() ? json() : json(text);
}

json describe(const experiment& experiment, const contender& contender)
{
  const setting& setting = experiment.settings[contender.point];
  const spread wall = spread_of(contender.runs, &measurement::wall);
  json runs = json::array();
  for (const measurement& run : contender.runs)
  {
    json& result = runs.emplace_back();
    for (const metric& metric : metrics)
      result[metric.name] = run.*metric.value;
    result["wrong"] = text_or_null(run.wrong);
  }
  return {
    {"point", setting.label},
    {"model", contender.name},
    {"tasks", setting.tasks()},
    {"predicted_s", contender.predicted},
    {"wall_s", {{"median", wall.median}, {"min", wall.least}, {"max", wall.most}}},
    {"verdict", to_text(judge_wall(experiment, contender).verdict)},
    {"shape", text_or_null(shape_of(setting, contender))},
    {"repeated", contender.repeated},
    {"runs", std::move(runs)},
  };
}

} // namespace

std::string to_json(std::span<const experiment> experiments)
{
  json scenarios = json::array();
  for (const experiment& experiment : experiments)
  {
    json results = json::array();
    for (const contender& contender : experiment.contenders)
      results.push_back(describe(experiment, contender));
    json claims = json::array();
    for (const claim& claim : experiment.claims)
      claims.push_back({
        {"claim", claim.text},
        {"expected", claim.expected},
        {"measured", claim.measured},
        {"verdict", to_text(claim.verdict)},
        {"win", claim.subject != subject::asynchronous_does_not_win},
      });
    scenarios.push_back({
      {"name", experiment.scenario.name},
      {"shows", experiment.scenario.shows},
      {"sweep", experiment.scenario.sweep},
      {"effective_cores", experiment.cores},
      {"results", std::move(results)},
      {"claims", std::move(claims)},
    });
  }
  const json result = {{"schema", "slowpoetry.race/1"}, {"scenarios", std::move(scenarios)}};
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace poetry::race
