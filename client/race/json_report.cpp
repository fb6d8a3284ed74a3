#include "client/race/report.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

// Keys stay in the order in which they tell the story.
using json = nlohmann::ordered_json;

namespace poetry::race {
namespace {

json number(double value)
{
  return std::isnan(value) ? json() : json(value);
}

json describe(const measurement& run)
{
  json result;
  for (const metric& metric : metrics())
    result[metric.name] = number(run.*metric.value);
  result["wrong"] = run.wrong.empty() ? json() : json(run.wrong);
  return result;
}

json describe_pairing(const outcome& outcome, std::size_t index)
{
  const pairing& pairing = outcome.plan.pairings[index];
  const auto& runs = outcome.runs[index];
  const spread wall = spread_of(runs, &measurement::wall);
  json all = json::array();
  for (const measurement& run : runs)
    all.push_back(describe(run));
  return {
    {"point", outcome.plan.settings[pairing.setting].label},
    {"model", pairing.model},
    {"tasks", outcome.plan.settings[pairing.setting].tasks()},
    {"predicted_s", pairing.predicted ? json(seconds(*pairing.predicted)) : json()},
    {"wall_s",
      {{"median", number(wall.median)}, {"min", number(wall.least)}, {"max", number(wall.most)}}},
    {"verdict", to_text(judge_pairing(outcome, index))},
    {"runs", std::move(all)},
  };
}

json describe(const judgement& judgement)
{
  return {
    {"claim", judgement.claim},
    {"expected", judgement.expected},
    {"measured", judgement.measured},
    {"verdict", to_text(judgement.verdict)},
    {"win", judgement.win},
  };
}

json describe(const outcome& outcome, const std::vector<judgement>& judgements)
{
  json models = json::array();
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
    models.push_back(describe_pairing(outcome, i));
  json claims = json::array();
  for (const judgement& judgement : judgements)
    claims.push_back(describe(judgement));
  return {
    {"name", outcome.plan.scenario.name},
    {"shows", outcome.plan.scenario.shows},
    {"sweep", outcome.plan.scenario.sweep},
    {"effective_cores", number(outcome.cores)},
    {"results", std::move(models)},
    {"claims", std::move(claims)},
  };
}

} // namespace

std::string to_json(
  std::span<const outcome> outcomes, std::span<const std::vector<judgement>> judgements)
{
  json scenarios = json::array();
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    scenarios.push_back(describe(outcomes[i], judgements[i]));
  const json result = {{"schema", "slowpoetry.race/1"}, {"scenarios", std::move(scenarios)}};
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace poetry::race
