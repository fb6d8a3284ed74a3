#include "client/race/report/report.hpp"

#include "client/figure/recording/trace_reader.hpp"
#include "common/duration.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace poetry::race {
namespace {

/// The walls of blocking and of async, of a sweep at its two ends, and a bar for each contender.
figure::headline headline_of(const experiment& experiment)
{
  figure::headline headline;
  const std::size_t last = experiment.settings.size() - 1;
  headline.bars_title = experiment.point_text(last);
  for (const contender& contender : experiment.contenders)
  {
    const double wall = spread_of(contender.runs, &measurement::wall).median;
    if (std::isnan(wall))
      continue;
    if (contender.point == last)
      headline.bars.push_back({contender.name, wall});
    if ((contender.point == 0 || contender.point == last) &&
        (contender.name == "blocking" || contender.name == "async"))
      headline.numbers.push_back({experiment.label_of(contender), wall,
        contender.is_predicted() ? "predicted " + time_text(contender.predicted)
                                 : "nothing predicted"});
  }
  return headline;
}

/// Nothing where nothing is swept, or something that is no number. Times are in milliseconds.
std::optional<figure::sweep> sweep_of(const experiment& experiment)
{
  const scenario& scenario = experiment.scenario;
  if (scenario.values.empty() || std::ranges::find(scenario.values, "all") != scenario.values.end())
    return std::nullopt;
  const bool is_time = scenario.sweep == "delay" || scenario.sweep == "work";
  figure::sweep sweep{fmt::format("{}: wall clock over {}", scenario.name, scenario.sweep),
    scenario.shows, scenario.sweep + (is_time ? ", ms" : ""), "wall clock, s", {}};
  for (const contender& contender : experiment.contenders)
  {
    const std::string& value = experiment.settings[contender.point].label;
    auto& point = sweep.points.emplace_back();
    point.x =
      is_time ? seconds(parse_duration(value)) * 1e3 : static_cast<double>(parse_size(value));
    point.model = contender.name;
    if (contender.is_predicted())
      point.predicted = contender.predicted;
    for (const measurement& run : contender.runs)
    {
      if (run.wrong.empty())
        point.runs.push_back(run.wall);
    }
  }
  return sweep;
}

/// Those of the first point, as many as a page can show.
std::vector<figure::recording> recordings_of(const experiment& experiment)
{
  std::vector<figure::recording> recordings;
  std::size_t events = 0;
  for (const contender& contender : experiment.contenders)
  {
    if (contender.point != 0 || !contender.recording)
      continue;
    auto& recording = recordings.emplace_back(*contender.recording);
    events += recording.slices.size() + recording.ticks.size() + recording.tasks.size();
    if (events > figure::most_events)
    {
      recordings.pop_back();
      break;
    }
    if (contender.is_predicted())
      recording.predicted = contender.predicted * 1e6;
  }
  return recordings;
}

} // namespace

std::string to_page(std::span<const experiment> experiments, const std::string& command)
{
  const experiment& first = experiments.front();
  figure::page_content page;
  page.title = experiments.size() == 1 ? first.scenario.name : "all scenarios";
  page.headline = headline_of(first);
  page.recordings = recordings_of(first);
  page.recorded_setting = first.point_text(0);
  for (const experiment& experiment : experiments)
  {
    page.results.push_back(results_of(experiment));
    if (auto sweep = sweep_of(experiment))
      page.sweeps.push_back(std::move(*sweep));
  }
  page.claims = claims_of(experiments, true);
  page.command = command;
  page.raw_results = to_json(experiments);
  return figure::make_page(page);
}

} // namespace poetry::race
