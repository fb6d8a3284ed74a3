#include "client/figure/drawing/chart.hpp"

#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
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
    drawing_.text(24, 38, chart_.title, "title ink");
    drawing_.text(24, 66,
      chart_.axis == scale::time
        ? "Scale: true time. Every length is a length of time."
        : "Scale: event order. Each slice is one step; lengths are not times.",
      "faint");
    const double left = columns();
    const double legend_end = legend(left + 28);
    axis(left);
    drawing_.name = "figure-" + chart_.name + (chart_.axis == scale::time ? "-time" : "-order");
    drawing_.title = chart_.title;
    drawing_.caption = chart_.caption;
    drawing_.description = "Time goes down. " + chart_.caption;
    drawing_.width = std::max(left + 28 + legend_width, 1000.0);
    add_footer(drawing_, chart_.runs, std::max(top + chart_height + 54, legend_end + 20));
    return drawing_;
  }

private:
  static constexpr double top = 120;
  static constexpr double axis_x = 96;
  static constexpr double mark_width = 16;
  static constexpr double pointer_width = 180;
  static constexpr double legend_width = 410;

  double y_of(double position) const { return top + position / chart_.extent * chart_height; }

  bool is_narrow() const { return chart_.columns.size() > 4; }
  double gap() const { return is_narrow() ? 8 : 26; }

  double column_width() const
  {
    const auto count = chart_.columns.size();
    return count == 1 ? 340 : count == 2 ? 230 : count <= 4 ? 170 : count <= 8 ? 96 : 60;
  }

  /// Draws the columns and returns the x where they and their pointers end.
  double columns()
  {
    double x = axis_x + 22;
    for (const auto& column : chart_.columns)
    {
      x = marks(column, x);
      heading(column, x + column_width() / 2);
      drawing_.body += fmt::format("<g data-column=\"{}\">\n", escaped(column.heading));
      if (column.ground > 0)
        drawing_.rect(
          x, top, column_width(), y_of(column.ground) - top, "wait", "data-kind=\"ground\"");
      bars(column, x);
      drawing_.body += "</g>\n";
      x += column_width() + gap();
    }
    x -= gap();
    if (chart_.pointers.empty())
      return x;
    for (const auto& pointer : chart_.pointers)
    {
      const double y = y_of(pointer.at);
      drawing_.path(
        fmt::format("M{0} {1}h-30m7 -4l-7 4l7 4", coordinate(x + 34), coordinate(y)), "point");
      drawing_.text(x + 40, y + 6, pointer.text, "ink");
    }
    return x + pointer_width;
  }

  /// A heading too wide for its column takes two lines.
  void heading(const column& column, double x)
  {
    const auto lines = wrapped(column.heading, is_narrow() ? 7 : 40, 2);
    for (std::size_t i = 0; i < lines.size(); ++i)
      drawing_.text(x, top - 14 - 17 * static_cast<double>(lines.size() - 1 - i), lines[i],
        is_narrow() ? "small ink" : "head ink", "middle");
  }

  /// Draws the marks of a column, those of each task below each other or, where there is no room,
  /// all of them, and returns where they end. Marks of a colour are at least two pixels apart.
  double marks(const column& column, double x)
  {
    if (!column.marked_thread || column.bars.empty())
      return x;
    const auto& run = *column.run;
    const bool shared = run.tasks.size() * chart_.columns.size() > task_looks;
    const auto left = [&](std::size_t look) {
      return x + (shared ? 0 : mark_width * static_cast<double>(look));
    };
    std::array<std::string, task_looks> lines;
    std::array<double, task_looks> free{};
    for (const auto& slice : run.slices)
    {
      const auto look = slice.task % task_looks;
      const double y = y_of(slice.start);
      if (slice.thread != *column.marked_thread || y < free[look])
        continue;
      lines[look] +=
        fmt::format("M{} {}h{}", coordinate(left(look)), coordinate(y), coordinate(mark_width - 3));
      free[look] = y + 2;
    }
    for (std::size_t look = 0; look < task_looks; ++look)
    {
      if (lines[look].empty())
        continue;
      drawing_.path(lines[look], "mark " + colour_of(look));
      if (!shared)
        drawing_.text(left(look) + mark_width / 2 - 1, top - 14, fmt::format("{}", look + 1),
          "small faint", "middle");
    }
    return left(run.tasks.size() - 1) + mark_width + (is_narrow() ? 1 : 8);
  }

  /// Bars too low for a pattern are one path for each colour.
  void bars(const column& column, double x)
  {
    std::map<std::string, std::string> low;
    for (const auto& bar : merged(column.bars, chart_.extent / chart_height))
    {
      const double y = y_of(bar.from);
      const double height = y_of(bar.to) - y;
      if (height < 6)
        low[colour_of(bar.task)] += box(x, y, column_width(), height);
      else
        tall_bar(column, bar, x, y, height);
    }
    for (const auto& [colour, boxes] : low)
      drawing_.path(boxes, colour, "data-kind=\"slice\"");
  }

  void tall_bar(const column& column, const bar& bar, double x, double y, double height)
  {
    const auto number = bar.task + 1;
    drawing_.rect(x, y, column_width(), height, pattern_of(bar.task),
      fmt::format(
        "data-kind=\"{}\" data-task=\"{}\"", column.ground > 0 ? "slice" : "task", number));
    // Two slices of the same task must not look like one.
    if (chart_.axis == scale::order)
      drawing_.line(x, y, x + column_width(), y, "split");
    const bool with_word = height >= 26 && column_width() > 60;
    if (height >= 12)
      drawing_.text(x + column_width() / 2, y + height / 2 + (with_word ? 6.5 : 4.5),
        fmt::format("{}{}", with_word ? "task " : "", number), with_word ? "label" : "unit",
        "middle");
  }

  void axis(double right)
  {
    const double bottom = top + chart_height;
    for (const auto& label : chart_.axis == scale::time ? time_labels(chart_.extent) : chart_.steps)
    {
      const double y = y_of(label.at);
      drawing_.line(axis_x - 5, y, axis_x, y, "axis");
      drawing_.text(axis_x - 10, y + 6, label.text, "small faint", "end");
    }
    drawing_.line(axis_x, bottom, right, bottom, "grid");
    drawing_.path(fmt::format("M{0} {1}V{2}m-5 -9l5 9l5 -9", coordinate(axis_x), coordinate(top),
                    coordinate(bottom + 16)),
      "axis");
    drawing_.text(axis_x + 12, bottom + 20, chart_.axis == scale::time ? "time" : "order of events",
      "small faint");
  }

  double legend(double x)
  {
    double y = top + 14;
    const auto entry = [&](const std::string& css, const std::string& text) {
      drawing_.rect(x, y - 14, 28, 18, css);
      drawing_.text(x + 38, y, wrapped(text, 36, 1).front(), "ink");
      y += 27;
    };
    const auto& tasks = chart_.runs.front()->tasks;
    for (std::size_t i = 0; i < std::min(tasks.size(), task_looks); ++i)
      entry(pattern_of(i),
        fmt::format("task {}{}{}", i + 1, tasks[i].server.empty() ? "" : ", ", tasks[i].server));
    if (tasks.size() > task_looks)
    {
      drawing_.text(x + 38, y,
        fmt::format("and {}; colours repeat", count_text(tasks.size() - task_looks, "more task")),
        "faint");
      y += 27;
    }
    if (std::ranges::any_of(chart_.columns, [](const column& column) { return column.ground > 0; }))
      entry("wait", chart_.axis == scale::time ? "waiting" : "a wait (not to scale)");
    y += 6;
    for (const auto& note : chart_.notes)
    {
      for (const auto& line : wrapped(note, 42, 6))
      {
        drawing_.text(x, y, line, "small faint");
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

std::vector<bar> slice_bars(const recording& run, std::uint32_t slice::*which, std::size_t index)
{
  std::vector<bar> bars;
  for (const auto& slice : run.slices)
    if (slice.*which == index)
      bars.push_back({slice.start, slice.end(), slice.task});
  return bars;
}

std::vector<bar> merged(const std::vector<bar>& all, double pixel)
{
  std::vector<bar> bars;
  std::map<std::size_t, double> lengths; // by colour, of the short bars since `from`
  double from = 0;
  const auto add_merged = [&] {
    for (const auto& [look, length] : std::exchange(lengths, {}))
    {
      bars.push_back({from, from + length, look});
      from += length;
    }
  };
  for (const auto& bar : all)
  {
    const auto length = bar.to - bar.from;
    if (length >= pixel || bar.from >= from + pixel)
      add_merged();
    if (length >= pixel)
    {
      bars.push_back(bar);
      continue;
    }
    if (lengths.empty())
      from = bar.from;
    lengths[bar.task % task_looks] += length;
  }
  add_merged();
  return bars;
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
  std::vector<label> labels;
  const bool is_short = extent < 1e6;
  const double step = round_step(extent);
  for (int i = 0; i * step <= extent * 1.0001; ++i)
    labels.push_back({i * step,
      fmt::format("{:.10g} {}", i * step / (is_short ? 1e3 : 1e6), is_short ? "ms" : "s")});
  return labels;
}

drawing draw(const chart& chart)
{
  return chart_painter(chart).paint();
}

void add_footer(drawing& drawing, const std::vector<const recording*>& runs, double y)
{
  constexpr double x = 24;
  const double width = drawing.width - 2 * x;
  drawing.line(x, y - 22, x + width, y - 22, "grid");
  for (const auto* run : runs)
  {
    const auto summary = summary_of(*run);
    drawing.description += " " + summary + ".";
    drawing.text(x, y, summary, "small ink");
    y += 20;
    for (const auto& line : wrapped(run->command, static_cast<std::size_t>(width / 8.5), 2))
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
