#include "client/figure/drawing/bars.hpp"

#include <algorithm>

namespace poetry::figure {

std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most)
{
  std::vector<std::size_t> chosen;
  const auto shown = std::min(count, most);
  for (std::size_t i = 0; i < shown; ++i)
    chosen.push_back(i * (count - 1) / std::max<std::size_t>(shown - 1, 1));
  return chosen;
}

std::vector<bar> merged(const std::vector<bar>& all, microseconds pixel)
{
  std::vector<bar> bars;
  std::size_t group = 0; // the first bar of those within the current pixel
  microseconds group_end = 0;
  for (const auto& bar : all)
  {
    const auto length = bar.to - bar.from;
    if (length >= pixel || bar.from >= group_end)
    {
      group = bars.size();
      group_end = length < pixel ? bar.from + pixel : 0;
      bars.push_back(bar);
      continue;
    }
    const auto look = bar.task % task_looks;
    auto same = bars.begin() + static_cast<std::ptrdiff_t>(group);
    while (same != bars.end() && same->task % task_looks != look)
      ++same;
    if (same == bars.end())
      same = bars.insert(same, {bars.back().to, bars.back().to, bar.task});
    same->to += length;
    for (++same; same != bars.end(); ++same)
    {
      same->from += length;
      same->to += length;
    }
  }
  return bars;
}

std::vector<bar> slice_bars(
  const recording& run, std::uint32_t slice::*which, std::size_t index, microseconds pixel)
{
  std::vector<bar> bars;
  for (const auto& slice : run.slices)
    if (slice.*which == index)
      bars.push_back({slice.start, slice.end(), slice.task});
  return merged(bars, pixel);
}

} // namespace poetry::figure
