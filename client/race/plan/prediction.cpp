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

duration capped_product(duration a, std::uint64_t times)
{
  const auto factor = static_cast<duration::rep>(times);
  return a > duration::max() / factor ? duration::max() : a * factor;
}

duration download_time(const slow_poem& poem)
{
  return recital_time(poem.bytes, poem.pace);
}

duration work_time(const slow_poem& poem, const knobs& knobs)
{
  return knobs.work * static_cast<duration::rep>(poem.bytes) / 10;
}

/// The server goes on sending while the client works on what it has.
duration time_alone(const slow_poem& poem, const knobs& knobs)
{
  return std::max(download_time(poem), work_time(poem, knobs));
}

duration one_after_another(const group& group, const knobs& knobs)
{
  duration sum{};
  for (const slow_poem& poem : group.poems)
    sum = capped_sum(sum, capped_product(time_alone(poem, knobs), group.repeat));
  return sum;
}

duration at_once(const group& group, const knobs& knobs, std::uint64_t cores)
{
  duration longest{};
  duration work{};
  for (const slow_poem& poem : group.poems)
  {
    longest = std::max(longest, time_alone(poem, knobs));
    work = capped_sum(work, capped_product(work_time(poem, knobs), group.repeat));
  }
  return std::max(longest, work / static_cast<duration::rep>(std::max<std::uint64_t>(cores, 1)));
}

/// Poems that arrive at the same time and are read one after another: each waits for the work on
/// those before it, while its own pauses pass.
duration arriving_at_once(const group& group, const knobs& knobs)
{
  duration now{};
  for (std::uint64_t i = 0; i < group.repeat; ++i)
  {
    for (const slow_poem& poem : group.poems)
      now = std::max(capped_sum(now, work_time(poem, knobs)), download_time(poem));
  }
  return now;
}

std::optional<duration> predict_group(
  const group& group, const knobs& knobs, overlap overlap, std::uint64_t cores)
{
  const duration sum = one_after_another(group, knobs);
  if (sum == duration{})
    return std::nullopt;
  if (group.chained || knobs.one_at_a_time || overlap == poetry::overlap::nothing)
    return sum;
  if (overlap != poetry::overlap::waits_in_the_kernel)
    return at_once(group, knobs, cores);
  const auto [least, most] = std::ranges::minmax(group.poems, {}, &slow_poem::bytes);
  if (most.bytes <= always_buffered)
    return arriving_at_once(group, knobs);
  return least.bytes >= never_buffered ? std::optional(sum) : std::nullopt;
}

} // namespace

std::optional<duration> predict(
  const setting& setting, std::optional<overlap> overlap, unsigned cores)
{
  const std::uint64_t usable = cores_for(setting.knobs, overlap, cores);
  std::optional<duration> longest;
  for (const group& group : groups_for(setting, overlap))
  {
    const auto predicted =
      overlap ? predict_group(group, setting.knobs, *overlap, usable) : std::nullopt;
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
    sum = capped_sum(sum, one_after_another(group, setting.knobs));
  return sum;
}

bounds bounds_of(const setting& setting)
{
  if (setting.knobs.faults)
    return {};
  return {predict(setting, overlap::waits, 1).value_or(duration{}), one_after_another(setting)};
}

std::uint64_t cores_for(const knobs& knobs, std::optional<overlap> overlap, unsigned cores)
{
  if (overlap != poetry::overlap::waits_and_work)
    return 1;
  return knobs.cores == 0 ? cores : std::min<std::uint64_t>(knobs.cores, cores);
}

} // namespace poetry::race
