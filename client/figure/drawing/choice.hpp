#pragma once

#include "client/figure/drawing/figures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// An interleaved run, and one that does its tasks one after another.
struct comparison
{
  const recording* asynchronous;
  const recording* blocking;
};

/// The two of `runs` that are best compared, if there are such.
std::optional<comparison> comparison_of(const std::vector<recording>& runs);

/// The one of `runs` that suits the figure of that name best, or null when none does.
const recording* best_for(const std::string& figure, const std::vector<recording>& runs);

/// What `request::figure` can be.
std::vector<std::string> figure_names();

/// What to draw, and how.
struct request
{
  std::string figure = "all";
  std::optional<figure::scale> scale; // of figure 3; unset: both
  bool moving = false;                // the lanes
};

/// `all` draws every figure that some run suits; any other throws `std::runtime_error` when no run
/// suits it.
std::vector<drawing> draw_figures(const request& request, const std::vector<recording>& runs);

} // namespace poetry::figure
