#pragma once

#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

#include <vector>

namespace poetry::figure {

/// A row for each task of every run, on one time axis. When `moving`, the rows fill in the time of
/// the runs (at least 2 s, at most 30 s), again and again.
drawing draw_lanes(const std::vector<const recording*>& runs, bool moving = false);

} // namespace poetry::figure
