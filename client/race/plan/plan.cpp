#include "client/race/plan/plan.hpp"

#include "client/models.hpp"
#include "client/race/plan/assertion.hpp"
#include "client/race/plan/measurement.hpp"
#include "client/race/plan/prediction.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// More tasks than this are more than a thread or a process each should be spent on unasked.
constexpr std::uint64_t many_tasks = 2000;

bool wished_for(const wishes& wishes, std::string_view knob)
{
  return wishes.sweep == knob ||
         std::ranges::any_of(wishes.knobs, [&](const auto& wish) { return wish.first == knob; });
}

void refuse_what_makes_no_sense(const scenario& scenario, const wishes& wishes)
{
  for (const char* knob : {"tasks", "bytes", "num-bytes", "chain", "slower"})
  {
    if (scenario.knobs.essay && wished_for(wishes, knob))
      throw usage_error(fmt::format("--{} does not go with {}, whose poems are those of the essay; "
                                    "add --scenario many",
        knob, scenario.name));
  }
}

/// A chain, and a server slower than the others, are made of tasks that have a server each.
void refuse_what_goes_unheard(const knobs& knobs)
{
  if (knobs.tasks <= most_servers && !knobs.one_at_a_time)
    return;
  for (const auto& [knob, value] : {std::pair("chain", knobs.chain), {"slower", knobs.slower}})
  {
    if (value > 1)
      throw usage_error(fmt::format("{} {} takes tasks that have a server each; ask for at most "
                                    "{} --tasks, and not for one-at-a-time",
        knob, value, most_servers));
  }
}

/// With many tasks and the delay left to us: no more chunks than one core can serve.
void fit_delay(knobs& knobs)
{
  constexpr double chunks_a_second = 20'000;
  const auto least = std::chrono::ceil<std::chrono::milliseconds>(
    std::chrono::duration<double>(static_cast<double>(knobs.tasks) / chunks_a_second));
  if (knobs.delay > 0s && knobs.tasks > 100)
    knobs.delay = std::max<duration>(knobs.delay, least);
}

void refuse_what_takes_forever(const plan& plan)
{
  double time = 0;
  for (const pairing& pairing : plan.pairings)
    time += seconds(pairing.time) * static_cast<double>(plan.runs);
  if (time > 1e7)
    throw usage_error(fmt::format("these runs take {:.0f} days; ask for fewer --tasks, fewer "
                                  "--bytes, a shorter --delay or other --models",
      time / 86400));
}

std::vector<setting> make_settings(
  const scenario& scenario, const wishes& wishes, const process_limits& limits)
{
  std::vector<std::string> values = scenario.values;
  if (values.empty())
    values.emplace_back();
  std::vector<setting> settings;
  for (const std::string& value : values)
  {
    knobs knobs = scenario.knobs;
    if (!value.empty())
      turn(knobs, scenario.sweep, value);
    refuse_what_goes_unheard(knobs);
    if (!wished_for(wishes, "delay") && !knobs.essay)
      fit_delay(knobs);
    settings.push_back(make_setting(knobs, value, limits));
  }
  return settings;
}

std::vector<std::string> models_for(const plan& plan, const wishes& wishes)
{
  if (!wishes.models.empty())
    return wishes.models;
  const auto tasks = [](const setting& setting) { return setting.tasks(); };
  if (std::ranges::max(plan.settings, {}, tasks).tasks() > many_tasks &&
      wished_for(wishes, "tasks"))
    return {"async"};
  if (!plan.scenario.models.empty())
    return plan.scenario.models;
  std::vector<std::string> all;
  for (const model& model : models())
    all.emplace_back(model.name);
  return all;
}

/// How many idle cores a prediction counts on: none as long as most of the time is waiting.
double cores_needed_for(const setting& setting, const std::string& model, unsigned cores)
{
  const auto predicted = predict(setting, model, cores);
  if (!predicted || setting.knobs.work == duration{})
    return 0;
  if (predicted != predict(setting, model, 1))
    return parallel_cores;
  const double work = seconds(setting.knobs.work) * static_cast<double>(setting.bytes()) / 10;
  return work < 0.5 * seconds(*predicted) ? 0 : one_core;
}

/// Whether the predictions themselves deny an expectation, or there is no such point; what they say
/// nothing about they do not deny.
bool is_denied(const plan& plan, const expectation& expectation, std::size_t point)
{
  bool known = true;
  bool absent = false;
  const auto predicted = [&](const quantity& quantity) {
    const auto here = quantity.point.empty() ? point : plan.find_point(quantity.point);
    const auto found = std::ranges::find_if(plan.pairings, [&](const pairing& pairing) {
      return pairing.setting == here && pairing.model == quantity.model;
    });
    absent = absent || !here;
    const bool is_time = quantity.metric == "wall" || quantity.metric == "predicted";
    known = known && is_time && found != plan.pairings.end() && found->predicted;
    return known ? seconds(*found->predicted) : not_measured;
  };
  const bool holds = assertion(expectation.assertion).holds(predicted);
  return absent || (known && !holds);
}

/// A scenario's expectations are about its own knobs: with others, those stay that can hold.
void drop_what_is_denied(plan& plan, unsigned cores)
{
  std::erase_if(plan.scenario.expectations, [&](const expectation& expectation) {
    bool denied = false;
    for (std::size_t point = 0; point < plan.settings.size(); ++point)
      denied = denied || is_denied(plan, expectation, point);
    return denied && expectation.cores_needed <= cores;
  });
}

/// Whoever chose the models is not told of claims about others.
void drop_what_does_not_run(plan& plan, const std::vector<std::string>& models)
{
  const auto runs = [&](const quantity& quantity) {
    return std::ranges::find(models, quantity.model) != models.end();
  };
  std::erase_if(plan.scenario.expectations, [&](const expectation& expectation) {
    return !std::ranges::all_of(assertion(expectation.assertion).quantities(), runs);
  });
}

/// An assertion of the user's must be about something that runs.
void add_assertions(plan& plan, const wishes& wishes, const std::vector<std::string>& models)
{
  for (const std::string& text : wishes.assertions)
  {
    const assertion assertion(text);
    for (const quantity& quantity : assertion.quantities())
    {
      if (std::ranges::find(models, quantity.model) == models.end())
        throw usage_error(fmt::format("--assert '{}': {} does not run here; write one of {}", text,
          quantity.model, fmt::join(models, ", ")));
      if (!quantity.point.empty() && !plan.find_point(quantity.point))
        throw usage_error(
          fmt::format("--assert '{}': there is no point {} in this sweep", text, quantity.point));
    }
    plan.scenario.expectations.push_back({text, text});
  }
}

} // namespace

std::optional<std::size_t> plan::find_point(const std::string& label) const
{
  const auto found = std::ranges::find(settings, label, &setting::label);
  if (found == settings.end())
    return std::nullopt;
  return static_cast<std::size_t>(found - settings.begin());
}

duration plan::time() const
{
  duration once{};
  for (const pairing& pairing : pairings)
    once += pairing.time;
  return once * static_cast<duration::rep>(runs);
}

plan make_plan(
  const scenario& scenario, const wishes& wishes, const process_limits& limits, unsigned cores)
{
  refuse_what_makes_no_sense(scenario, wishes);
  plan plan{scenario, {}, {}, wishes.runs};
  for (const auto& [knob, value] : wishes.knobs)
  {
    try
    {
      turn(plan.scenario.knobs, knob, value);
    }
    catch (const usage_error& error)
    {
      throw usage_error(fmt::format("--{} {}: {}", knob, value, error.what()));
    }
    if (knob == scenario.sweep)
      plan.scenario.values.clear();
  }
  if (!wishes.sweep.empty())
  {
    plan.scenario.sweep = wishes.sweep;
    plan.scenario.values = wishes.values;
  }
  if (plan.scenario.values.empty())
    plan.scenario.sweep.clear();

  plan.settings = make_settings(plan.scenario, wishes, limits);
  const auto models = models_for(plan, wishes);
  for (std::size_t i = 0; i < plan.settings.size(); ++i)
  {
    const duration at_most = one_after_another(plan.settings[i]);
    for (const std::string& model : models)
    {
      const auto predicted = predict(plan.settings[i], model, cores);
      plan.pairings.push_back(
        {i, model, predicted, cores_needed_for(plan.settings[i], model, cores),
          predicted.value_or(at_most == duration{} ? 1s : at_most)});
    }
  }
  refuse_what_takes_forever(plan);
  if (!wishes.knobs.empty() || !wishes.sweep.empty())
    drop_what_is_denied(plan, cores);
  drop_what_does_not_run(plan, models);
  add_assertions(plan, wishes, models);
  return plan;
}

} // namespace poetry::race
