#pragma once

#include "client/figure/drawing/chart.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

namespace poetry::figure {

/// The four figures of the essay.
enum class figure_kind
{
  synchronous,  // 1: one column, a bar for each task, one after another
  threaded,     // 2: a column for each thread
  asynchronous, // 3: one column, slices coloured by task
  waiting       // 4: one task after another, the waits grey and labelled
};

/// True when the figure can show `run`.
bool suits(figure_kind kind, const recording& run);

/// One figure of one run that suits it. Figure 3 has two scales; the others are always in time.
drawing draw_figure(figure_kind kind, const recording& run, scale scale);

/// Figure 3 of one run beside figure 4 of another, in true time on one axis.
drawing draw_beside(const recording& asynchronous, const recording& blocking);

} // namespace poetry::figure
