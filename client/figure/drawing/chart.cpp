#include "client/figure/drawing/chart.hpp"

#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <utility>

namespace poetry::figure {
namespace {

class chart_painter
{
public:
  explicit chart_painter(const chart& chart) : chart_(chart) {}

  drawing paint()
  {
    drawing_.name = fmt::format("figure-{}-{}", chart_.name, in_time() ? "time" : "order");
    drawing_.title = chart_.title;
    drawing_.caption = chart_.caption;
    drawing_.description = "Time goes down. " + chart_.caption;
    drawing_.heading(in_time()
                       ? "Scale: true time. Every length is a length of time."
                       : "Scale: event order. Each slice is one step; lengths are not times.");
    const double right = columns();
    axis(right);
    const double legend_end = legend(right + 28);
    drawing_.width = std::max(right + 28 + legend_width, 1000.0);
    add_footer(drawing_, chart_.runs, std::max(top + chart_height + 54, legend_end + 20));
    return drawing_;
  }

private:
  static constexpr double top = 120;
  static constexpr double axis_x = 96;
  static constexpr double pointer_width = 180;
  static constexpr double legend_width = 410;

  bool has_marks(const column& column) const { return in_time() && column.ground > 0; }
  bool in_time() const { return chart_.axis == scale::time; }
  double y_of(double position) const { return top + position / chart_.extent * chart_height; }

  /// Draws the columns and returns the x where they and their pointers end.
  double columns()
  {
    const auto count = static_cast<double>(chart_.columns.size());
    const double width = std::clamp(560 / count, 66.0, 340.0);
    const double gap = std::clamp(80 / count, 8.0, 26.0);
    double x = axis_x + 22;
    for (const auto& column : chart_.columns)
    {
      if (has_marks(column))
        x = marks(column, x, width);
      drawing_.body += fmt::format("<g data-column=\"{}\">\n", escaped(column.heading));
      heading(column.heading, x + width / 2, width);
      if (column.ground > 0)
        drawing_.rect(x, top, width, y_of(column.ground) - top, "ground wait");
      bars(column, x, width);
      drawing_.body += "</g>\n";
      x += width + gap;
    }
    x -= gap;
    for (const auto& pointer : chart_.pointers)
    {
      const double y = y_of(pointer.at);
      drawing_.path(fmt::format("M{:.6g} {:.6g}h-30m7 -4l-7 4l7 4", x + 34, y), "point");
      drawing_.text(x + 40, y + 6, pointer.text, "ink");
    }
    return x + (chart_.pointers.empty() ? 0 : pointer_width);
  }

  /// A heading too wide for its column takes two lines.
  void heading(const std::string& text, double x, double width)
  {
    const auto lines = wrapped(text, static_cast<std::size_t>(width / 9), 2);
    double y = top - 14 - 18 * static_cast<double>(lines.size() - 1);
    for (const auto& line : lines)
    {
      drawing_.text(x, y, line, width < 90 ? "small ink" : "head ink", "middle");
      y += 18;
    }
  }

  /// Draws the marks of a column, those of each colour below each other and at least two pixels
  /// apart, and returns where they end.
  double marks(const column& column, double x, double width)
  {
    std::size_t looks = 0;
    for (const recording& run : chart_.runs)
      looks = std::max(looks, std::min(run.tasks.size(), task_looks));
    const double mark_width = std::min(16.0, width / 20);
    for (std::size_t look = 0; look < looks; ++look, x += mark_width)
    {
      std::string lines;
      double free = 0;
      for (const auto& bar : column.bars)
        if (const double y = y_of(bar.start); bar.task % task_looks == look && y >= free)
        {
          lines += fmt::format("M{:.6g} {:.6g}h{:.6g}", x, y, mark_width * 0.8);
          free = y + 2;
        }
      if (lines.empty())
        continue;
      drawing_.path(lines, "mark " + colour_of(look));
      if (mark_width > 10)
        drawing_.text(
          x + mark_width / 2 - 1, top - 14, fmt::format("{}", look + 1), "small faint", "middle");
    }
    return x + mark_width / 2;
  }

  /// Bars too low for a pattern are one path for each colour.
  void bars(const column& column, double x, double width)
  {
    const std::string kind = column.ground > 0 ? "slice " : "task ";
    std::map<std::string, std::string> low;
    for (const auto& bar : merged(column.bars, chart_.extent / chart_height))
    {
      const double y = y_of(bar.start);
      const double height = y_of(bar.end()) - y;
      if (height < 6)
        low[colour_of(bar.task)] += box(x, y, width, height);
      else
        drawing_.rect(x, y, width, height, kind + pattern_of(bar.task));
      if (height >= 13)
        drawing_.text(x + width / 2, y + height / 2 + 5,
          fmt::format("{}{}", height >= 26 ? "task " : "", bar.task + 1), "label", "middle");
    }
    for (const auto& [colour, boxes] : low)
      drawing_.path(boxes, kind + colour);
  }

  void axis(double right)
  {
    const double bottom = top + chart_height;
    for (const auto& label : chart_.axis_labels)
    {
      const double y = y_of(label.at);
      drawing_.line(axis_x - 5, y, axis_x, y, "axis");
      drawing_.text(axis_x - 10, y + 6, label.text, "small faint", "end");
    }
    drawing_.line(axis_x, bottom, right, bottom, "grid");
    drawing_.path(
      fmt::format("M{0:.6g} {1:.6g}V{2:.6g}m-5 -9l5 9l5 -9", axis_x, top, bottom + 16), "axis");
    drawing_.text(axis_x + 12, bottom + 20, in_time() ? "time" : "order of events", "small faint");
  }

  /// Draws the legend and the notes below it, and returns the y where they end.
  double legend(double x)
  {
    double y = top + 14;
    const auto entry = [&](const std::string& css, const std::string& text) {
      drawing_.rect(x, y - 14, 28, 18, css);
      drawing_.text(x + 38, y, wrapped(text, 36, 1).front(), "ink");
      y += 27;
    };
    const auto& tasks = chart_.runs.front().get().tasks;
    for (std::size_t i = 0; i < std::min(tasks.size(), task_looks); ++i)
      entry(pattern_of(i),
        fmt::format("task {}{}{}", i + 1, tasks[i].server.empty() ? "" : ", ", tasks[i].server));
    if (tasks.size() > task_looks)
      entry("paper",
        fmt::format("and {}; colours repeat", count_text(tasks.size() - task_looks, "more task")));
    auto notes = chart_.notes;
    if (chart_.columns.front().ground <= 0)
      notes.insert(notes.begin(), "A bar is a whole task, working and waiting.");
    else
      entry("wait", in_time() ? "waiting" : "a wait (not to scale)");
    if (has_marks(chart_.columns.front()))
      notes.push_back("Lines to the left mark each piece of work, however short.");
    for (const auto& note : notes)
    {
      for (const auto& line : wrapped(note, 42, 6))
      {
        drawing_.text(x, y + 6, line, "small faint");
        y += 20;
      }
      y += 8;
    }
    return y;
  }

  const chart& chart_;
  drawing drawing_;
};

} // namespace

std::vector<slice> slices_of(const recording& run, std::uint32_t slice::*which, std::size_t index)
{
  std::vector<slice> chosen;
  std::ranges::copy_if(
    run.slices, std::back_inserter(chosen), [&](std::uint32_t of) { return of == index; }, which);
  return chosen;
}

std::vector<slice> merged(const std::vector<slice>& all, double pixel)
{
  std::vector<slice> result;
  std::map<std::uint32_t, double> lengths; // by colour, of the short ones since `start`
  double start = 0;
  const auto add_merged = [&] {
    for (const auto& [look, length] : std::exchange(lengths, {}))
    {
      result.push_back({0, look, start, length, 0});
      start += length;
    }
  };
  for (const auto& slice : all)
  {
    if (slice.length >= pixel || slice.start >= start + pixel)
      add_merged();
    if (slice.length >= pixel)
    {
      result.push_back(slice);
      continue;
    }
    if (lengths.empty())
      start = slice.start;
    lengths[slice.task % task_looks] += slice.length;
  }
  add_merged();
  return result;
}

std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most)
{
  std::vector<std::size_t> chosen;
  const auto shown = std::min(count, most);
  for (std::size_t i = 0; i < shown; ++i)
    chosen.push_back(i * (count - 1) / std::max<std::size_t>(shown - 1, 1));
  return chosen;
}

std::vector<label> time_labels(microseconds extent)
{
  const auto [unit, name] = extent < 1e6 ? std::pair(1e3, "ms") : std::pair(1e6, "s");
  std::vector<label> labels;
  for (const auto time : round_values(extent))
    labels.push_back({time, fmt::format("{:.10g} {}", time / unit, name)});
  return labels;
}

drawing draw(const chart& chart)
{
  return chart_painter(chart).paint();
}

void add_footer(drawing& drawing, const recordings& runs, double y)
{
  constexpr double x = 24;
  const double width = drawing.width - 2 * x;
  drawing.line(x, y - 22, x + width, y - 22, "grid");
  for (const recording& run : runs)
  {
    const auto summary = summary_of(run);
    drawing.description += " " + summary + ".";
    drawing.text(x, y, summary, "small ink");
    y += 20;
    for (const auto& line : wrapped(run.command, static_cast<std::size_t>(width / 8.5), 2))
    {
      drawing.text(x, y, line, "code faint");
      y += 18;
    }
    y += 6;
  }
  drawing.text(x, y, origin_of(runs), "small faint");
  drawing.height = y + 28;
}

} // namespace poetry::figure
