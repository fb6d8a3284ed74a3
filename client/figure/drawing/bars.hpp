#pragma once

#include "client/figure/drawing/chart.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace poetry::figure {

/// At most `most` of the indices below `count`, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

/// `all`, which are in the order of their starts. Those shorter than a `pixel` that start within
/// the same pixel become one bar for each colour, as long as they are together.
std::vector<bar> merged(const std::vector<bar>& all, microseconds pixel);

/// The slices of one thread or of one task, `which` says of which, merged.
std::vector<bar> slice_bars(
  const recording& run, std::uint32_t slice::*which, std::size_t index, microseconds pixel);

} // namespace poetry::figure
