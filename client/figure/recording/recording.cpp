#include "client/figure/recording/recording.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace poetry::figure {

microseconds extent_of(const recording& run)
{
  microseconds extent = std::max(run.wall, 1.0);
  for (const auto& task : run.tasks)
    extent = std::max(extent, task.end.value_or(0));
  for (const auto& slice : run.slices)
    extent = std::max(extent, slice.end());
  for (const auto& tick : run.ticks)
    extent = std::max(extent, tick.at - tick.late); // where it is drawn
  return extent;
}

microseconds time_in_slices(const recording& run)
{
  microseconds sum = 0;
  for (const auto& slice : run.slices)
    sum += slice.length;
  return sum;
}

double share_of_waiting(const recording& run)
{
  const auto available = run.wall * static_cast<double>(std::max<std::size_t>(run.threads, 1));
  return available > 0 ? std::clamp(1 - time_in_slices(run) / available, 0.0, 1.0) : 0;
}

bool is_interleaved(const recording& run)
{
  std::vector<std::uint32_t> turns;
  std::ranges::transform(run.slices, std::back_inserter(turns), &slice::task);
  turns.erase(std::unique(turns.begin(), turns.end()), turns.end());
  return run.threads == 1 && std::set(turns.begin(), turns.end()).size() < turns.size();
}

bool is_one_after_another(const recording& run)
{
  std::vector<std::pair<microseconds, microseconds>> spans;
  for (const auto& task : run.tasks)
    if (task.start && task.end)
      spans.emplace_back(*task.start, *task.end);
  std::ranges::sort(spans);
  const auto overlap = [](const auto& a, const auto& b) { return b.first < a.second - 1; };
  return run.threads == 1 && std::ranges::adjacent_find(spans, overlap) == spans.end();
}

} // namespace poetry::figure
