#include "client/race/plan/prediction.hpp"

#include "client/models.hpp"

#include <algorithm>

namespace poetry::race {
namespace {

/// The kernel takes a poem this small for a reader that does not read, and one this large never.
constexpr std::uint64_t always_buffered = 64 << 10;
constexpr std::uint64_t never_buffered = 32 << 20;

/// No longer than there are durations, for a million tasks may be asked for.
duration sum_of(duration a, duration b)
{
  return a > duration::max() - b ? duration::max() : a + b;
}

/// What a task takes of the clock on its own, and of a core.
struct cost
{
  duration recital;
  duration work;

  /// The server recites on while the client works on what it has.
  duration alone() const { return std::max(recital, work); }
};

std::vector<cost> costs_of(const group& group, const knobs& knobs)
{
  std::vector<cost> result;
  result.reserve(group.tasks());
  for (std::uint64_t i = 0; i < group.repeat; ++i)
  {
    for (const recital& recital : group.recitals)
      result.push_back({recital_time(recital.bytes, recital.pace),
        knobs.work * static_cast<duration::rep>(recital.bytes) / 10});
  }
  return result;
}

duration one_after_another(const std::vector<cost>& tasks)
{
  duration sum{};
  for (const cost& task : tasks)
    sum = sum_of(sum, task.alone());
  return sum;
}

duration at_once(const std::vector<cost>& tasks, std::uint64_t cores)
{
  duration longest{};
  duration work{};
  for (const cost& task : tasks)
  {
    longest = std::max(longest, task.alone());
    work = sum_of(work, task.work);
  }
  return std::max(longest, work / static_cast<duration::rep>(std::max<std::uint64_t>(cores, 1)));
}

/// Poems that arrive at once and are read one after another: each waits for the work on those
/// before it, but its own pauses are long over.
duration arriving_at_once(const std::vector<cost>& tasks)
{
  duration now{};
  for (const cost& task : tasks)
    now = std::max(sum_of(now, task.work), task.recital);
  return now;
}

std::optional<duration> read_in_order(const group& group, const std::vector<cost>& tasks)
{
  const auto bytes = [](const recital& recital) { return recital.bytes; };
  if (std::ranges::max(group.recitals, {}, bytes).bytes <= always_buffered)
    return arriving_at_once(tasks);
  if (std::ranges::min(group.recitals, {}, bytes).bytes >= never_buffered)
    return one_after_another(tasks);
  return std::nullopt;
}

std::optional<duration> predict_group(
  const group& group, const knobs& knobs, std::string_view model, std::uint64_t cores)
{
  const auto tasks = costs_of(group, knobs);
  if (one_after_another(tasks) == duration{})
    return std::nullopt;
  if (group.chained || knobs.one_at_a_time)
    return one_after_another(tasks);
  switch (find_model(model).overlap)
  {
  case overlap::nothing:
    return one_after_another(tasks);
  case overlap::waits:
  case overlap::waits_and_work:
    return at_once(tasks, cores);
  case overlap::waits_in_the_kernel:
    return read_in_order(group, tasks);
  }
  return std::nullopt;
}

} // namespace

std::optional<duration> predict(const setting& setting, std::string_view model, unsigned cores)
{
  const std::uint64_t usable = cores_for(setting.knobs, model, cores);
  std::optional<duration> longest;
  for (const group& group : groups_for(setting, model))
  {
    const auto predicted = predict_group(group, setting.knobs, model, usable);
    if (!predicted)
      return std::nullopt;
    longest = std::max(longest.value_or(duration{}), *predicted);
  }
  return longest;
}

duration one_after_another(const setting& setting)
{
  duration sum{};
  for (const group& group : setting.groups)
    sum = sum_of(sum, one_after_another(costs_of(group, setting.knobs)));
  return sum;
}

std::uint64_t cores_for(const knobs& knobs, std::string_view model, unsigned cores)
{
  if (find_model(model).overlap != overlap::waits_and_work)
    return 1;
  return knobs.cores == 0 ? cores : std::min<std::uint64_t>(knobs.cores, cores);
}

} // namespace poetry::race
