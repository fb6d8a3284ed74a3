#include "client/figure/drawing/bars.hpp"

#include <algorithm>
#include <array>

namespace poetry::figure {
namespace {

/// Adds `group`, bars that start within one pixel, as one bar for each colour.
void add_merged(std::vector<bar>& bars, const std::vector<bar>& group)
{
  std::array<microseconds, task_looks> lengths{};
  std::array<const bar*, task_looks> first{};
  for (const auto& bar : group)
  {
    const auto look = bar.task % task_looks;
    lengths[look] += bar.to - bar.from;
    if (!first[look])
      first[look] = &bar;
  }
  auto from = group.empty() ? 0 : group.front().from;
  for (std::size_t look = 0; look < task_looks; ++look)
    if (first[look])
    {
      bars.push_back({first[look]->kind, from, from + lengths[look], first[look]->task});
      from += lengths[look];
    }
}

std::vector<bar> merged(const std::vector<bar>& all, microseconds pixel)
{
  std::vector<bar> bars;
  std::vector<bar> group;
  const auto add_group = [&] {
    add_merged(bars, group);
    group.clear();
  };
  for (const auto& bar : all)
  {
    const bool is_short = bar.to - bar.from < pixel;
    if (!group.empty() && (!is_short || bar.from >= group.front().from + pixel))
      add_group();
    if (is_short)
      group.push_back(bar);
    else
      bars.push_back(bar);
  }
  add_group();
  return bars;
}

template <class Chosen>
std::vector<bar> slice_bars(const recording& run, microseconds pixel, Chosen chosen)
{
  std::vector<bar> bars;
  for (const auto& slice : run.slices)
    if (chosen(slice))
      bars.push_back({bar_kind::slice, slice.start, slice.end(), slice.task});
  return merged(bars, pixel);
}

} // namespace

std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most)
{
  std::vector<std::size_t> chosen;
  const auto shown = std::min(count, most);
  for (std::size_t i = 0; i < shown; ++i)
    chosen.push_back(shown == count ? i : i * (count - 1) / (shown - 1));
  return chosen;
}

std::vector<bar> bars_of_track(const recording& run, std::size_t track, microseconds pixel)
{
  return slice_bars(run, pixel, [=](const slice& slice) { return slice.track == track; });
}

std::vector<bar> bars_of_task(const recording& run, std::size_t task, microseconds pixel)
{
  return slice_bars(run, pixel, [=](const slice& slice) { return slice.task == task; });
}

std::vector<bar> task_bars(
  const recording& run, const std::vector<std::size_t>& tasks, microseconds pixel)
{
  std::vector<bar> bars;
  for (const auto i : tasks)
    if (const auto& task = run.tasks[i]; task.start && task.end)
      bars.push_back({bar_kind::task, *task.start, *task.end, i});
  std::ranges::sort(bars, {}, &bar::from);
  return merged(bars, pixel);
}

std::vector<mark> slice_marks(const recording& run, std::size_t track, microseconds pixel)
{
  std::vector<mark> marks;
  std::array<microseconds, task_looks> next{};
  for (const auto& slice : run.slices)
    if (auto& free = next[slice.task % task_looks]; slice.track == track && slice.start >= free)
    {
      marks.push_back({slice.start, slice.task});
      free = slice.start + pixel;
    }
  return marks;
}

std::vector<bar> waits_between(const std::vector<bar>& bars, microseconds end)
{
  std::vector<bar> waits;
  microseconds done = 0;
  const auto wait_until = [&](microseconds time) {
    if (time > done)
      waits.push_back({bar_kind::wait, done, time, 0});
  };
  for (const auto& bar : bars)
  {
    wait_until(bar.from);
    done = std::max(done, bar.to);
  }
  wait_until(end);
  return waits;
}

} // namespace poetry::figure
