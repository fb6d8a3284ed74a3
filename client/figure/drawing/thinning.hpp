#pragma once

#include "client/figure/drawing/chart.hpp"

#include <cstddef>
#include <vector>

namespace poetry::figure {

/// How much one picture shows before it is thinned.
constexpr std::size_t most_bars = 1500;
constexpr std::size_t most_columns = 12;
constexpr std::size_t most_lanes = 16;
constexpr double crowded_pixels = 12;
constexpr std::size_t most_steps = 24;

/// At most `most` of the indices below `count`, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

/// At most `most` of the ticks: of each of so many equal parts the one that was latest.
std::vector<tick> latest_ticks(const std::vector<tick>& ticks, std::size_t most);

/// The slices of one track. When there are more than `most_bars`, those that begin within one
/// `pixel` of each other, or within `crowded_pixels` where even that would be too short to be seen,
/// are put together, a bar for each colour: every length of work is kept to the microsecond.
std::vector<bar> slice_bars(const recording& run, std::size_t track, microseconds pixel);

/// The bars of tasks from begin to end, in the order of their beginnings; thinned in the same way.
std::vector<bar> task_bars(
  const recording& run, const std::vector<std::size_t>& tasks, microseconds pixel);

/// The slices as marks, those of a colour no closer than a `pixel`.
std::vector<mark> slice_marks(const recording& run, std::size_t track, microseconds pixel);

/// Fills what lies between `bars`, from 0 to `end`, with waits; returns all in order.
std::vector<bar> with_waits(const std::vector<bar>& bars, microseconds end);

} // namespace poetry::figure
