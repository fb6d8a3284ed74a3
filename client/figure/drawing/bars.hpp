#pragma once

#include "client/figure/drawing/chart.hpp"

#include <cstddef>
#include <vector>

namespace poetry::figure {

/// At most `most` of the indices below `count`, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

/// The slices of one track. Those shorter than a `pixel` that start within the same pixel become
/// one bar for each colour, as long as they are together.
std::vector<bar> bars_of_track(const recording& run, std::size_t track, microseconds pixel);

/// The slices of one task, merged in the same way.
std::vector<bar> bars_of_task(const recording& run, std::size_t task, microseconds pixel);

/// Whole tasks in the order in which they started, merged in the same way.
std::vector<bar> task_bars(
  const recording& run, const std::vector<std::size_t>& tasks, microseconds pixel);

/// The starts of a track's slices, those of a colour no closer than a `pixel`.
std::vector<mark> slice_marks(const recording& run, std::size_t track, microseconds pixel);

/// The times between `bars`, from 0 to `end`.
std::vector<bar> waits_between(const std::vector<bar>& bars, microseconds end);

} // namespace poetry::figure
