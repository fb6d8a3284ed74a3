#include "client/race/report/report.hpp"

#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "common/duration.hpp"
#include "common/number.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace poetry::race {
namespace {

std::optional<double> measured(double value)
{
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::optional<std::uint64_t> counted(double value)
{
  return std::isnan(value) ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
}

std::vector<double> walls_of(const std::vector<measurement>& runs)
{
  std::vector<double> walls;
  for (const measurement& run : runs)
  {
    if (run.wrong.empty())
      walls.push_back(run.wall);
  }
  return walls;
}

/// `tasks 64`, or nothing where nothing is swept.
std::string setting_text(const plan& plan, std::size_t setting)
{
  const std::string& label = plan.settings[setting].label;
  return label.empty() ? "" : fmt::format("{} {}", plan.scenario.sweep, label);
}

figure::measured_row to_measured_row(const outcome& outcome, std::size_t index)
{
  const pairing& pairing = outcome.plan.pairings[index];
  const auto& runs = outcome.runs[index];
  const auto median = [&](double measurement::*value) { return spread_of(runs, value).median; };
  figure::measured_row row;
  row.model = pairing.model;
  row.setting = setting_text(outcome.plan, pairing.setting);
  if (pairing.predicted)
    row.predicted_s = seconds(*pairing.predicted);
  row.walls_s = walls_of(runs);
  row.cpu_s = measured(median(&measurement::cpu));
  row.max_rss_bytes = counted(median(&measurement::rss));
  row.switches = counted(median(&measurement::switches));
  row.tick_p99_s = measured(median(&measurement::tick_p99));
  row.expected = wrong_in(runs);
  const verdict verdict = judge_pairing(outcome, index);
  if (verdict == verdict::met || verdict == verdict::not_met)
    row.met = verdict == verdict::met;
  return row;
}

figure::claim to_claim(const judgement& judgement, bool is_general)
{
  using kind = figure::claim::kind;
  using verdict_on_page = figure::claim::outcome;
  return {judgement.claim, judgement.measured,
    judgement.verdict == verdict::met       ? verdict_on_page::met
    : judgement.verdict == verdict::not_met ? verdict_on_page::not_met
                                            : verdict_on_page::not_tested,
    is_general      ? kind::fairness
    : judgement.win ? kind::win
                    : kind::no_win};
}

/// The cases in which asynchronous does not win belong to the picture even where they were not run.
void add_untested(std::vector<figure::claim>& claims, std::span<const outcome> outcomes)
{
  for (const scenario& scenario : scenarios())
  {
    if (std::ranges::any_of(
          outcomes, [&](const outcome& run) { return run.plan.scenario.name == scenario.name; }))
      continue;
    for (const expectation& expectation : scenario.expectations)
      if (!expectation.win)
        claims.push_back(
          {expectation.claim, fmt::format("see poetry-race --scenario {}", scenario.name),
            figure::claim::outcome::not_tested, figure::claim::kind::no_win});
  }
}

bool is_time(const std::string& knob)
{
  return knob == "delay" || knob == "work";
}

/// Where a value of the swept knob stands on its axis, times in milliseconds; none for one that is
/// no number.
std::optional<double> coordinate_of(const std::string& knob, const std::string& value)
{
  try
  {
    return is_time(knob) ? seconds(parse_duration(value)) * 1e3
                         : static_cast<double>(parse_size(value));
  }
  catch (const usage_error&)
  {
    return std::nullopt;
  }
}

std::optional<figure::sweep> draw_sweep(const outcome& outcome)
{
  const plan& plan = outcome.plan;
  figure::sweep sweep{
    fmt::format("{}: wall clock over {}", plan.scenario.name, plan.scenario.sweep),
    plan.scenario.shows, plan.scenario.sweep + (is_time(plan.scenario.sweep) ? ", ms" : ""),
    "wall clock, s", {}};
  for (std::size_t i = 0; i < plan.pairings.size(); ++i)
  {
    const auto x =
      coordinate_of(plan.scenario.sweep, plan.settings[plan.pairings[i].setting].label);
    if (!x)
      return std::nullopt;
    std::optional<double> predicted;
    if (plan.pairings[i].predicted)
      predicted = seconds(*plan.pairings[i].predicted);
    sweep.points.push_back({*x, plan.pairings[i].model, predicted, walls_of(outcome.runs[i])});
  }
  return sweep;
}

std::vector<figure::recording> recordings_of(const outcome& outcome)
{
  std::vector<figure::recording> recordings;
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
  {
    const bool first_point = outcome.plan.pairings[i].setting == 0;
    if (!first_point || outcome.traces[i].empty())
      continue;
    auto& recording = recordings.emplace_back(figure::read_recording(outcome.traces[i]));
    // The file is gone by the time the command is read.
    const auto trace = fmt::format(" --trace {}", outcome.traces[i].string());
    if (const auto at = recording.command.find(trace); at != recording.command.npos)
      recording.command.erase(at, trace.size());
  }
  return recordings;
}

} // namespace

std::string to_page(std::span<const outcome> outcomes,
  std::span<const std::vector<judgement>> judgements, const std::string& command)
{
  figure::page_content page;
  page.title = outcomes.size() == 1 ? outcomes[0].plan.scenario.name : "all scenarios";
  for (std::size_t i = 0; i < outcomes.size(); ++i)
  {
    auto& scenario = page.scenarios.emplace_back(
      figure::scenario{outcomes[i].plan.scenario.name, outcomes[i].plan.scenario.shows, {}});
    for (std::size_t pairing = 0; pairing < outcomes[i].runs.size(); ++pairing)
      scenario.rows.push_back(to_measured_row(outcomes[i], pairing));
    // First comes what is claimed of every scenario, then what this one expects.
    const auto general = judgements[i].size() - outcomes[i].plan.scenario.expectations.size();
    for (std::size_t claim = 0; claim < judgements[i].size(); ++claim)
      page.claims.push_back(to_claim(judgements[i][claim], claim < general));
    if (auto sweep = draw_sweep(outcomes[i]))
      page.sweeps.push_back(std::move(*sweep));
  }
  add_untested(page.claims, outcomes);
  page.recordings = recordings_of(outcomes[0]);
  page.recorded_setting = setting_text(outcomes[0].plan, 0);
  page.commands = {command};
  page.raw_results = to_json(outcomes, judgements);
  return figure::make_page(page);
}

} // namespace poetry::race
