#pragma once

#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

#include <vector>

namespace poetry::figure {

/// All runs on one time axis, so that the difference between their wall clocks is a length.
/// `moving`, they fill in the time of the runs (at least 2 s, at most 30 s), again and again.
drawing draw_lanes(const std::vector<const recording*>& runs, bool moving = false);

} // namespace poetry::figure
