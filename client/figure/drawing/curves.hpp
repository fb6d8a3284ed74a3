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
  std::vector<double> runs;        // of every run
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

/// For each model a line through the medians, a dashed line through the predictions, and a dot for
/// every run. An axis whose values span more than a factor of twenty is logarithmic and says so.
/// `number` makes the name of the drawing unique within a page.
drawing draw_curves(const sweep& sweep, std::size_t number);

} // namespace poetry::figure
