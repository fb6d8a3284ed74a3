#pragma once

#include "client/figure/drawing/chart.hpp"

#include <cstddef>
#include <vector>

namespace poetry::figure {

/// At most `most` of the indices below `count`, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

/// The slices of one track. Those shorter than a `pixel` that begin within the same one are drawn
/// as one bar for each colour; their lengths add up to what they were.
std::vector<bar> bars_of_track(const recording& run, std::size_t track, microseconds pixel);

/// The slices of one task, those within a pixel merged in the same way.
std::vector<bar> bars_of_task(const recording& run, std::size_t task, microseconds pixel);

/// The given tasks from begin to end, in the order of their begins; merged in the same way.
std::vector<bar> task_bars(
  const recording& run, const std::vector<std::size_t>& tasks, microseconds pixel);

/// The starts of a track's slices, those of a colour no closer than a `pixel`.
std::vector<mark> slice_marks(const recording& run, std::size_t track, microseconds pixel);

/// The times between `bars`, from 0 to `end`.
std::vector<bar> waits_between(const std::vector<bar>& bars, microseconds end);

} // namespace poetry::figure
