#pragma once

#include "client/figure/drawing/chart.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

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

} // namespace poetry::figure
