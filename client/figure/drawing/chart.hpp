#pragma once

#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

enum class scale
{
  order, // one step for each slice, lengths mean nothing
  time   // pixels are seconds
};

enum class bar_kind
{
  slice, // a thread works for a task
  wait,  // it does nothing
  task   // a task from its begin to its end, working and waiting
};

/// A piece of a column. Positions are on the chart's axis, in microseconds or in steps.
struct bar
{
  bar_kind kind;
  double from;
  double to;
  std::size_t task; // index into recording::tasks
};

/// A hairline beside a column for something too short to be seen in it.
struct mark
{
  double at;
  std::size_t task;
};

struct column
{
  std::string heading;
  const recording* run;
  std::vector<bar> bars;
  std::vector<mark> marks;
  double ground = 0; // up to here what no bar covers is waiting
};

/// Words beside the last column with a line to the place they are about.
struct pointer
{
  double at;
  std::string text;
};

struct axis_label
{
  double at;
  std::string text;
};

/// A picture of columns with time going down.
struct chart
{
  std::string name; // "1", "beside"
  std::string title;
  std::string subtitle;
  std::string description;
  scale axis = scale::time;
  double extent = 0;
  std::vector<axis_label> labels;
  std::vector<column> columns;
  std::vector<pointer> pointers;
  std::vector<std::string> notes; // below the legend: how to read it, what was left out
  std::vector<const recording*> runs;
};

/// The height in pixels that a chart's extent is drawn on.
constexpr double chart_height = 400;

/// Round times from 0 to `extent` for an axis in seconds.
std::vector<axis_label> time_labels(microseconds extent);

/// Draws columns, axis, legend and, from the recorded runs, the footer. Bars carry in `data-kind`
/// what they stand for, those tall enough to be told apart also their `data-task`.
drawing draw(const chart& chart);

/// The footer of a picture, from `y` down; returns where it ends.
double draw_footer(
  svg_writer& svg, const std::vector<const recording*>& runs, double x, double y, double width);

} // namespace poetry::figure
