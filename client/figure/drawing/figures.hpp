#pragma once

#include "client/figure/drawing/chart.hpp"

#include <array>
#include <span>

namespace poetry::figure {

/// One of the essay's figures, in one of its scales.
struct numbered_figure
{
  const char* name;
  figure::scale scale;
  const char* needs;                 // what it can show, in words
  std::array<const char*, 3> models; // which suit it best, the best first
  bool (*suits)(const recording& run);
  drawing (*draw)(const recording& run);
};

/// Figures 1 to 4; only figure 3 has two scales.
std::span<const numbered_figure> numbered_figures();

/// Figure 3 of one run beside figure 4 of another, in true time on one axis.
drawing draw_beside(const recording& asynchronous, const recording& blocking);

} // namespace poetry::figure
