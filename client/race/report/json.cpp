#include "client/race/report/report.hpp"

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

ordered to_json(const measurement& run)
{
  ordered result;
  for (const metric& metric : metrics())
    result[metric.name] = number(run.*metric.value);
  result["wrong"] = run.wrong.empty() ? ordered() : ordered(run.wrong);
  return result;
}

ordered to_json(const outcome& outcome, std::size_t index)
{
  const pairing& pairing = outcome.plan.pairings[index];
  const auto& runs = outcome.runs[index];
  const spread wall = spread_of(runs, &measurement::wall);
  ordered all = ordered::array();
  for (const measurement& run : runs)
    all.push_back(to_json(run));
  return {
    {"point", outcome.plan.settings[pairing.setting].label},
    {"model", pairing.model},
    {"tasks", outcome.plan.settings[pairing.setting].tasks()},
    {"predicted_s", pairing.predicted ? ordered(seconds(*pairing.predicted)) : ordered()},
    {"wall_s",
      {{"median", number(wall.median)}, {"min", number(wall.least)}, {"max", number(wall.most)}}},
    {"verdict", to_text(judge_pairing(outcome, index))},
    {"runs", std::move(all)},
  };
}

ordered to_json(const judgement& judgement)
{
  return {
    {"claim", judgement.claim},
    {"expected", judgement.expected},
    {"measured", judgement.measured},
    {"verdict", to_text(judgement.verdict)},
    {"win", judgement.win},
  };
}

ordered to_json(const outcome& outcome, const std::vector<judgement>& judgements)
{
  ordered models = ordered::array();
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
    models.push_back(to_json(outcome, i));
  ordered claims = ordered::array();
  for (const judgement& judgement : judgements)
    claims.push_back(to_json(judgement));
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
  ordered scenarios = ordered::array();
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    scenarios.push_back(to_json(outcomes[i], judgements[i]));
  const ordered result = {{"schema", "slowpoetry.race/1"}, {"scenarios", std::move(scenarios)}};
  return result.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

} // namespace poetry::race
