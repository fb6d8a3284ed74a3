#pragma once

#include "client/figure/page.hpp"
#include "client/figure/svg.hpp"

namespace poetry::figure {

/// A swept scenario: for each model the line of the medians, wide and pale so that the dashes of
/// the predicted line are seen upon it, and every raw run as a dot. Axes whose values span more
/// than a factor of twenty are logarithmic and say so. `number` makes its name unique within a
/// page.
drawing draw_curves(const sweep& sweep, std::size_t number);

/// The middle one of `values`, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

} // namespace poetry::figure
