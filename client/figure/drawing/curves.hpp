#pragma once

#include "client/figure/drawing/svg.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

struct sweep_point
{
  double x;
  std::string model;
  std::optional<double> predicted; // in the unit of the runs
  std::vector<double> runs;        // every raw run, drawn as a dot each
};

/// A swept scenario: one set of axes, a curve for each model.
struct sweep
{
  std::string title;   // short, "Wall clock over tasks"
  std::string caption; // what it shows, in sentences
  std::string x_label; // "tasks"
  std::string y_label; // "wall clock, s"
  std::vector<sweep_point> points;
};

/// A swept scenario: for each model the line of the medians, wide and pale so that the dashes of
/// the predicted line are seen upon it, and every raw run as a dot. Axes whose values span more
/// than a factor of twenty are logarithmic and say so. `number` makes its name unique within a
/// page.
drawing draw_curves(const sweep& sweep, std::size_t number);

/// The middle one of `values`, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

} // namespace poetry::figure
