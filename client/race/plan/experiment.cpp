#include "client/race/plan/experiment.hpp"

#include "client/models.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/plan/prediction.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// With more tasks than this, a thread or a process for each of them must be asked for by name.
constexpr std::uint64_t many_tasks = 2000;

/// With many tasks, unless a delay is asked for: no more chunks a second than one core can serve.
/// The same at all points of a sweep.
void fit_delay(std::vector<knobs>& points)
{
  constexpr double chunks_a_second = 20'000;
  const auto tasks = std::ranges::max(points, {}, &knobs::tasks).tasks;
  const auto least = std::chrono::ceil<std::chrono::milliseconds>(
    std::chrono::duration<double>(static_cast<double>(tasks) / chunks_a_second));
  for (knobs& point : points)
  {
    if (point.delay > 0s && tasks > 100)
      point.delay = std::max<duration>(point.delay, least);
  }
}

/// The essay and the faults have poems and servers of their own, and what is fixed cannot be swept.
scenario changed(scenario scenario, const changes& changes)
{
  constexpr const char* layout[] = {"tasks", "chain", "slower", "bytes", "num-bytes"};
  const std::size_t own = scenario.knobs.essay ? 5 : scenario.knobs.faults ? 3 : 0;
  for (const char* knob : std::span(layout).first(own))
  {
    if (changes.has(knob))
      throw usage_error(
        fmt::format("--{} does not go with {}, which has {} of its own; add --scenario many", knob,
          scenario.name, scenario.knobs.essay ? "poems" : "servers"));
  }
  for (const auto& [knob, value] : changes.knobs)
  {
    if (knob == changes.sweep)
      throw usage_error(
        fmt::format("--sweep varies {0} and --{0} fixes it; write one of them", knob));
    set_knob(scenario.knobs, knob, value);
    if (knob == scenario.sweep)
      scenario.values.clear();
  }
  if (!changes.sweep.empty())
  {
    scenario.sweep = changes.sweep;
    scenario.values = changes.values;
  }
  if (scenario.values.empty())
    scenario.sweep.clear();
  scenario.runs = changes.runs.value_or(scenario.runs);
  for (const std::string& text : changes.assertions)
    for (const quantity& quantity : quantities_of(text))
      scenario.knobs.asks_servers |=
        quantity.metric->name == "connections" || quantity.metric->name == "whole";
  return scenario;
}

std::vector<setting> make_settings(
  const scenario& scenario, const changes& changes, const machine_limits& limits)
{
  const auto& values = scenario.values;
  std::vector<knobs> points(std::max<std::size_t>(values.size(), 1), scenario.knobs);
  for (std::size_t i = 0; i < values.size(); ++i)
    set_knob(points[i], scenario.sweep, values[i]);
  if (!changes.has("delay") && !scenario.knobs.essay)
    fit_delay(points);
  std::vector<setting> settings;
  for (const knobs& point : points)
  {
    const bool share_servers = point.tasks > most_servers || point.one_at_a_time;
    if (share_servers && (point.chain > 1 || point.slower > 1))
      throw usage_error(fmt::format("chain and slower need tasks that have a server each; ask for "
                                    "at most {} --tasks, and not for one-at-a-time",
        most_servers));
    settings.push_back(make_setting(point, values.empty() ? "" : values[settings.size()], limits));
    check_capacity(settings.back(), limits);
  }
  return settings;
}

std::vector<std::string> names_for(const experiment& experiment, const changes& changes)
{
  if (!changes.models.empty())
    return changes.models;
  if (changes.has("tasks") && std::ranges::any_of(experiment.settings, [](const setting& setting) {
        return setting.tasks() > many_tasks;
      }))
    return {"async"};
  if (!experiment.scenario.models.empty())
    return experiment.scenario.models;
  std::vector<std::string> all;
  for (const model& model : models())
    all.emplace_back(model.name);
  return all;
}

/// The models and, unless this is about options that they do not have, the user's programs.
std::vector<contender> entrants_of(experiment& experiment, const changes& changes)
{
  std::vector<contender> entrants;
  for (const std::string& name : names_for(experiment, changes))
    entrants.push_back({.name = name, .overlap = find_model(name).overlap});
  const bool is_about_options =
    std::ranges::any_of(experiment.settings,
      [](const setting& setting) { return setting.knobs.work > 0s || setting.knobs.chain > 1; }) ||
    std::ranges::any_of(experiment.scenario.claims,
      [](const claim& claim) { return claim.expected.find(".tick_") != std::string::npos; });
  for (const auto& [name, command] : changes.clients)
  {
    if (is_about_options)
      experiment.left_out.push_back(name);
    else
      entrants.push_back({.name = name, .command = command});
  }
  return entrants;
}

/// A command is a single argument of `sh -c`.
void check_length(const contender& contender, const setting& setting)
{
  constexpr std::size_t most = 128 << 10;
  for (group group : setting.groups)
  {
    for (slow_poem& poem : group.poems)
      poem.server = group.interface + ":65535";
    const auto command = client_command(setting, group, contender, "").back();
    if (command.size() >= most)
      throw usage_error(
        fmt::format("--client {}: with {} servers its command takes {} KiB, and one argument holds "
                    "128 KiB; ask for fewer --tasks",
          contender.name, group.tasks(), (command.size() >> 10) + 1));
  }
}

contender make_contender(
  contender result, const setting& setting, std::size_t point, unsigned cores)
{
  result.point = point;
  if (result.is_own())
    check_length(result, setting);
  const double predicted = predict(setting, result.overlap, cores);
  const double at_most = predict(setting, overlap::nothing, 1);
  result.time = std::isnan(at_most) ? 1 : std::fmin(predicted, at_most);
  if (setting.knobs.faults)
  {
    result.time += 1; // for the server that stalls
    return result;
  }
  result.predicted = predicted;
  // As long as most of the time is waiting, it does not matter what else the cores do.
  const double work = seconds(setting.knobs.work) * static_cast<double>(setting.bytes()) / 10;
  if (work > 0 && predicted < predict(setting, result.overlap, 1))
    result.cores_needed = static_cast<unsigned>(std::ceil(work / predicted - 0.01));
  else if (work > 0 && work >= 0.5 * predicted)
    result.cores_needed = 1;
  return result;
}

/// Adds the scenario's claims. With other knobs or models those stay that are about what runs, and
/// that the predictions do not contradict. A scenario with pauses claims nothing of runs without
/// them, or so short that starting a program counts.
void add_claims(experiment& experiment, const scenario& unchanged, unsigned cores)
{
  constexpr double short_run = 0.05;
  const bool is_short = unchanged.knobs.delay > 0s &&
                        !std::ranges::all_of(experiment.settings, [](const setting& setting) {
                          return predict(setting, overlap::waits, 1) >= short_run;
                        });
  auto predicted = experiment;
  predicted.cores = cores;
  for (contender& contender : predicted.contenders)
    contender.runs = {{.predicted = contender.predicted, .wall = contender.predicted}};
  const auto applies = [&](claim claim) {
    judge(predicted, claim);
    return claim.is_of_each() ||
           (!is_short && claim.verdict != verdict::not_met &&
             std::ranges::all_of(quantities_of(claim.expected),
               [&](const quantity& quantity) { return predicted.find(quantity, 0) != nullptr; }));
  };
  std::ranges::copy_if(experiment.scenario.claims, std::back_inserter(experiment.claims), applies);
}

/// What the user asserts must be about something that runs.
claim make_claim(
  const experiment& experiment, const std::vector<std::string>& names, const std::string& text)
{
  for (const quantity& quantity : quantities_of(text))
  {
    if (std::ranges::find(names, quantity.contender) == names.end())
      throw usage_error(fmt::format("--assert '{}': {} does not run here; write one of {}", text,
        quantity.contender, fmt::join(names, ", ")));
    if (!experiment.find(quantity, 0))
      throw usage_error(
        fmt::format("--assert '{}': there is no point {}; write {}", text, quantity.point,
          experiment.scenario.sweep.empty()
            ? "no '@', for nothing is swept"
            : fmt::format("one of {}", fmt::join(experiment.scenario.values, ", "))));
  }
  return {.text = text, .expected = text, .subject = subject::asserted};
}

} // namespace

bool changes::has(std::string_view knob) const
{
  return sweep == knob ||
         std::ranges::any_of(knobs, [&](const auto& changed) { return changed.first == knob; });
}

const contender* experiment::find(const quantity& quantity, std::size_t point) const
{
  const auto found = std::ranges::find_if(contenders, [&](const contender& contender) {
    const bool is_here = quantity.point.empty() ? contender.point == point
                                                : settings[contender.point].label == quantity.point;
    return is_here && contender.name == quantity.contender;
  });
  return found == contenders.end() ? nullptr : &*found;
}

std::string experiment::point_text(std::size_t point) const
{
  const std::string& label = settings[point].label;
  return label.empty() ? "" : fmt::format("{} {}", scenario.sweep, label);
}

std::string experiment::label_of(const contender& contender) const
{
  const auto point = point_text(contender.point);
  return point.empty() ? contender.name : contender.name + ", " + point;
}

double experiment::time_s() const
{
  double once = 0;
  for (const contender& contender : contenders)
    once += contender.time;
  return once * static_cast<double>(scenario.runs);
}

std::string shape_of(const setting& setting, const contender& contender)
{
  const double most = spread_of(contender.runs, &measurement::connections).median;
  // A server that refuses has no connections.
  const auto tasks = static_cast<double>(setting.tasks() - (setting.knobs.faults ? 1 : 0));
  if (std::isnan(most) || most < 1 || tasks < 2)
    return "";
  return most == 1       ? "one after another"
         : most >= tasks ? "all at once"
                         : fmt::format("{:.0f} at a time", most);
}

experiment make_experiment(
  const scenario& scenario, const changes& changes, const machine_limits& limits, unsigned cores)
{
  experiment result{.scenario = changed(scenario, changes)};
  result.settings = make_settings(result.scenario, changes, limits);
  const auto entrants = entrants_of(result, changes);
  std::vector<std::string> names;
  std::ranges::transform(entrants, std::back_inserter(names), &contender::name);
  for (std::size_t i = 0; i < result.settings.size(); ++i)
  {
    for (const contender& entrant : entrants)
      result.contenders.push_back(make_contender(entrant, result.settings[i], i, cores));
  }
  if (result.time_s() > 1e7)
    throw usage_error(fmt::format("these runs take {:.0f} days; ask for fewer --tasks, fewer "
                                  "--bytes, a shorter --delay or other --models",
      result.time_s() / 86400));
  result.claims = general_claims(result);
  add_claims(result, scenario, cores);
  for (const std::string& text : changes.assertions)
    result.claims.push_back(make_claim(result, names, text));
  return result;
}

} // namespace poetry::race
