#pragma once

#include "client/figure/chart.hpp"
#include "client/figure/recording.hpp"
#include "client/figure/svg.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// The four figures of the essay, 3 beside 4, and lanes.
enum class figure_kind
{
  synchronous,  // 1: one column, a bar for each task, one after another
  threaded,     // 2: a column for each thread
  asynchronous, // 3: one column, slices coloured by task
  waiting,      // 4: a run one after another, its waits in grey and pointed at
  beside,       // 3 beside 4 on one axis
  lanes         // a row for each task, time to the right, runs stacked on one axis
};

/// Whether `run` is of the kind that the figure is about; `beside` and `lanes` take any.
bool suits(figure_kind kind, const recording& run);

/// The scale a figure is drawn in when none is asked for.
scale natural_scale(figure_kind kind);

/// One figure of one run that suits it (not `beside`, not `lanes`).
drawing draw_figure(figure_kind kind, const recording& run, scale scale);

/// Figure 3 of one run beside figure 4 of another, in true time on one axis.
drawing draw_beside(const recording& asynchronous, const recording& blocking);

/// All runs on one time axis, so that the difference between their wall clocks is a length.
drawing draw_lanes(const std::vector<const recording*>& runs);

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

/// What `which` (1, 2, 3, 4, beside, lanes or all) asks for. `all` draws every figure that some
/// run suits; any other throws `std::runtime_error` when no run suits it.
std::vector<drawing> draw_figures(
  const std::string& which, std::optional<scale> scale, const std::vector<recording>& runs);

} // namespace poetry::figure
