#pragma once

#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

#include <vector>

namespace poetry::figure {

/// All runs on one time axis, so that the difference between their wall clocks is a length.
drawing draw_lanes(const std::vector<const recording*>& runs);

} // namespace poetry::figure
