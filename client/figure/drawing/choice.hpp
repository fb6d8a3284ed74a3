#pragma once

#include "client/figure/drawing/figures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// An interleaved run and one that does its tasks one after another, to be drawn beside each other.
struct comparison
{
  const recording* asynchronous;
  const recording* blocking;
};

/// The best that `runs` offer to compare, if they do.
std::optional<comparison> comparison_of(const std::vector<recording>& runs);

/// The one of `runs` that shows best what the figure is about, or null when none suits.
const recording* best_for(figure_kind kind, const std::vector<recording>& runs);

/// What to draw, and how.
struct request
{
  std::string figure = "all";                 // 1, 2, 3, 4, beside, lanes, or all
  figure::scale scale = figure::scale::order; // of figure 3
  bool moving = false;                        // the lanes
};

/// `all` draws every figure that some run suits; any other throws `std::runtime_error` when no run
/// suits it.
std::vector<drawing> draw_figures(const request& request, const std::vector<recording>& runs);

} // namespace poetry::figure
