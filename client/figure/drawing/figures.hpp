#pragma once

#include "client/figure/drawing/chart.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// What to draw, and how.
struct request
{
  std::string figure = "all";
  std::optional<figure::scale> scale; // of figure 3; unset: both
  bool moving = false;                // the lanes
};

/// What `request::figure` can be.
std::vector<std::string> figure_names();

/// A row for each task of every run, on one time axis. When `moving`, the rows fill in the time of
/// the runs (at least 2 s, at most 30 s), again and again.
drawing draw_lanes(const std::vector<recording>& runs, bool moving = false);

/// `all` draws every figure that some run suits; any other throws `std::runtime_error` when no run
/// suits it.
std::vector<drawing> draw_figures(const request& request, const std::vector<recording>& runs);

} // namespace poetry::figure
