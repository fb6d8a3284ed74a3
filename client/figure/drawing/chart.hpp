#pragma once

#include "client/figure/drawing/svg.hpp"
#include "client/figure/recording/recording.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace poetry::figure {

enum class scale
{
  order, // one step for each slice; lengths have no meaning
  time   // pixels are seconds
};

/// A column's bars are slices or whole tasks, at positions on the chart's axis: in microseconds or
/// in steps.
struct column
{
  std::string heading;
  std::vector<slice> bars;
  double ground = 0; // up to here, the thread waits where there is no bar; 0: bars are whole tasks
};

/// A text at a position.
struct label
{
  double at;
  std::string text;
};

/// A picture of columns with time going down.
struct chart
{
  std::string name; // "1", "beside"
  scale axis;
  recordings runs;
  double extent;
  std::vector<label> axis_labels;
  std::string title = {};
  std::string caption = {};
  std::vector<column> columns = {};
  std::vector<label> pointers = {};    // beside the last column, each with an arrow
  std::vector<std::string> notes = {}; // below the legend
};

/// The slices of one thread or of one task; `which` says of which.
std::vector<slice> slices_of(const recording& run, std::uint32_t slice::*which, std::size_t index);

/// `all`, which are in the order of their starts, where those shorter than a `pixel` that start
/// within the same pixel are one for each colour, as long as they are together.
std::vector<slice> merged(const std::vector<slice>& all, double pixel);

/// At most `most` of the indices below `count`, evenly spread, the first and the last among them.
std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

/// The height of the columns in pixels.
constexpr double chart_height = 400;

/// Round times from 0 to `extent` for an axis in seconds.
std::vector<label> time_labels(microseconds extent);

/// Draws columns, axis, legend and footer. In true time a line beside a column marks each of its
/// slices, however short.
drawing draw(const chart& chart);

/// Ends a drawing, from `y` down, with what is known of its runs.
void add_footer(drawing& drawing, const recordings& runs, double y);

} // namespace poetry::figure
