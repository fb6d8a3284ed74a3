#include "client/figure/drawing/thinning.hpp"

#include <algorithm>
#include <array>

namespace poetry::figure {
namespace {

/// Puts `group`, bars that follow each other within a pixel, into one bar for each colour.
void put_together(const std::vector<bar>& group, std::vector<bar>& bars)
{
  std::array<microseconds, task_looks> lengths{};
  std::array<std::size_t, task_looks> counts{};
  std::array<const bar*, task_looks> first{};
  for (const auto& bar : group)
  {
    const auto look = bar.task % task_looks;
    lengths[look] += bar.to - bar.from;
    counts[look] += bar.merged;
    if (!first[look])
      first[look] = &bar;
  }
  double from = group.front().from;
  for (std::size_t look = 0; look < task_looks; ++look)
    if (first[look])
    {
      bars.push_back({first[look]->kind, from, from + lengths[look], first[look]->task, from,
        from + lengths[look], counts[look]});
      from += lengths[look];
    }
}

/// Puts together what begins within `apart` of each other.
std::vector<bar> grouped(const std::vector<bar>& all, microseconds apart)
{
  std::vector<bar> bars;
  std::vector<bar> group;
  for (const auto& bar : all)
  {
    if (!group.empty() && bar.from >= group.front().from + apart)
    {
      put_together(group, bars);
      group.clear();
    }
    group.push_back(bar);
  }
  put_together(group, bars);
  return bars;
}

std::vector<bar> thinned(const std::vector<bar>& all, microseconds pixel)
{
  if (all.size() <= most_bars)
    return all;
  auto bars = grouped(all, pixel);
  microseconds length = 0;
  for (const auto& bar : bars)
    length += bar.to - bar.from;
  // Colours of less than half a pixel would look like the grey around them.
  return length < 0.5 * pixel * static_cast<double>(bars.size())
           ? grouped(all, crowded_pixels * pixel)
           : bars;
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

std::vector<tick> latest_ticks(const std::vector<tick>& ticks, std::size_t most)
{
  std::vector<tick> chosen;
  const auto parts = std::min(ticks.size(), most);
  for (std::size_t i = 0; i < parts; ++i)
  {
    const auto begin = ticks.begin() + static_cast<std::ptrdiff_t>(i * ticks.size() / parts);
    const auto end = ticks.begin() + static_cast<std::ptrdiff_t>((i + 1) * ticks.size() / parts);
    chosen.push_back(
      *std::max_element(begin, end, [](const tick& a, const tick& b) { return a.late < b.late; }));
  }
  return chosen;
}

std::vector<bar> slice_bars(const recording& run, std::size_t track, microseconds pixel)
{
  std::vector<bar> bars;
  for (const auto& slice : run.slices)
    if (slice.track == track)
      bars.push_back(
        {bar_kind::slice, slice.start, slice.end(), slice.task, slice.start, slice.end()});
  return thinned(bars, pixel);
}

std::vector<bar> task_bars(
  const recording& run, const std::vector<std::size_t>& tasks, microseconds pixel)
{
  std::vector<bar> bars;
  for (const auto i : tasks)
    if (const auto& task = run.tasks[i]; task.start && task.end)
      bars.push_back({bar_kind::task, *task.start, *task.end, i, *task.start, *task.end});
  std::ranges::sort(bars, {}, &bar::from);
  return thinned(bars, pixel);
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

std::vector<bar> with_waits(const std::vector<bar>& bars, microseconds end)
{
  std::vector<bar> all;
  microseconds done = 0;
  const auto wait_until = [&](microseconds time) {
    if (time > done)
      all.push_back({bar_kind::wait, done, time, 0, done, time});
  };
  for (const auto& bar : bars)
  {
    wait_until(bar.from);
    all.push_back(bar);
    done = std::max(done, bar.to);
  }
  wait_until(end);
  return all;
}

} // namespace poetry::figure
