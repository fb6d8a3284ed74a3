#include "client/race/plan/prediction.hpp"

#include "client/models.hpp"

#include <algorithm>

namespace poetry::race {
namespace {

/// Poems this small fit into the kernel's buffers even when nobody reads, and poems this large do
/// not.
constexpr std::uint64_t always_buffered = 64 << 10;
constexpr std::uint64_t never_buffered = 32 << 20;

/// At most `duration::max()`: there may be a million tasks.
duration capped_sum(duration a, duration b)
{
  return a > duration::max() - b ? duration::max() : a + b;
}

/// What a task takes on its own.
struct cost
{
  duration download;
  duration work;

  /// The server goes on sending while the client works on what it has.
  duration alone() const { return std::max(download, work); }
};

std::vector<cost> costs_of(const group& group, const knobs& knobs)
{
  std::vector<cost> result;
  result.reserve(group.tasks());
  for (std::uint64_t i = 0; i < group.repeat; ++i)
  {
    for (const slow_poem& poem : group.poems)
      result.push_back({recital_time(poem.bytes, poem.pace),
        knobs.work * static_cast<duration::rep>(poem.bytes) / 10});
  }
  return result;
}

duration one_after_another(const std::vector<cost>& tasks)
{
  duration sum{};
  for (const cost& task : tasks)
    sum = capped_sum(sum, task.alone());
  return sum;
}

duration at_once(const std::vector<cost>& tasks, std::uint64_t cores)
{
  duration longest{};
  duration work{};
  for (const cost& task : tasks)
  {
    longest = std::max(longest, task.alone());
    work = capped_sum(work, task.work);
  }
  return std::max(longest, work / static_cast<duration::rep>(std::max<std::uint64_t>(cores, 1)));
}

/// Poems that arrive at the same time and are read one after another: each waits for the work on
/// those before it, while its own pauses pass.
duration arriving_at_once(const std::vector<cost>& tasks)
{
  duration now{};
  for (const cost& task : tasks)
    now = std::max(capped_sum(now, task.work), task.download);
  return now;
}

std::optional<duration> read_in_order(const group& group, const std::vector<cost>& tasks)
{
  if (std::ranges::max(group.poems, {}, &slow_poem::bytes).bytes <= always_buffered)
    return arriving_at_once(tasks);
  if (std::ranges::min(group.poems, {}, &slow_poem::bytes).bytes >= never_buffered)
    return one_after_another(tasks);
  return std::nullopt;
}

std::optional<duration> predict_group(
  const group& group, const knobs& knobs, overlap overlap, std::uint64_t cores)
{
  const auto tasks = costs_of(group, knobs);
  if (one_after_another(tasks) == duration{})
    return std::nullopt;
  if (group.chained || knobs.one_at_a_time)
    return one_after_another(tasks);
  switch (overlap)
  {
  case poetry::overlap::nothing:
    return one_after_another(tasks);
  case poetry::overlap::waits:
  case poetry::overlap::waits_and_work:
    return at_once(tasks, cores);
  case poetry::overlap::waits_in_the_kernel:
    return read_in_order(group, tasks);
  }
  return std::nullopt;
}

} // namespace

std::optional<duration> predict(
  const setting& setting, std::optional<overlap> overlap, unsigned cores)
{
  if (!overlap)
    return std::nullopt;
  const std::uint64_t usable = cores_for(setting.knobs, overlap, cores);
  std::optional<duration> longest;
  for (const group& group : groups_for(setting, overlap))
  {
    const auto predicted = predict_group(group, setting.knobs, *overlap, usable);
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
    sum = capped_sum(sum, one_after_another(costs_of(group, setting.knobs)));
  return sum;
}

std::uint64_t cores_for(const knobs& knobs, std::optional<overlap> overlap, unsigned cores)
{
  if (overlap != poetry::overlap::waits_and_work)
    return 1;
  return knobs.cores == 0 ? cores : std::min<std::uint64_t>(knobs.cores, cores);
}

} // namespace poetry::race
