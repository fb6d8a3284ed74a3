#include "client/figure/drawing/chart.hpp"

#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace poetry::figure {
namespace {

class chart_painter
{
public:
  explicit chart_painter(const chart& chart) : chart_(chart) {}

  drawing paint()
  {
    svg_.text(24, 38, chart_.title, "title ink");
    svg_.text(24, 66,
      chart_.axis == scale::time
        ? "Scale: true time. Every length is a length of time."
        : "Scale: event order. Each slice is one step; lengths are not times.",
      "faint");
    const double left = columns();
    const double legend_end = legend(left + 28);
    const double width = std::max(left + 28 + legend_width, 1000.0);
    axis(left);
    const double bottom = std::max(top + chart_height + 54, legend_end + 20);
    const double height = draw_footer(svg_, chart_.runs, bottom, width);
    return {"figure-" + chart_.name + (chart_.axis == scale::time ? "-time" : "-order"),
      chart_.title, fmt::format("Time goes down. {}{}", chart_.caption, summary_of(chart_.runs)),
      chart_.caption, width, height, svg_.take()};
  }

private:
  static constexpr double top = 120;
  static constexpr double axis_x = 96;
  static constexpr double mark_width = 16;
  static constexpr double pointer_width = 180;
  static constexpr double legend_width = 410;
  static constexpr std::size_t most_legend_tasks = 8;

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
      svg_.add(fmt::format("<g data-column=\"{}\">\n", escaped(column.heading)));
      if (column.ground > 0)
        svg_.rect(
          x, top, column_width(), y_of(column.ground) - top, "wait", "data-kind=\"ground\"");
      bars(column, x);
      svg_.add("</g>\n");
      x += column_width() + gap();
    }
    x -= gap();
    if (chart_.pointers.empty())
      return x;
    for (const auto& pointer : chart_.pointers)
    {
      const double y = y_of(pointer.at);
      svg_.path(
        fmt::format("M{0} {1}h-30m7 -4l-7 4l7 4", coordinate(x + 34), coordinate(y)), "point");
      svg_.text(x + 40, y + 6, pointer.text, "ink");
    }
    return x + pointer_width;
  }

  /// A heading too wide for its column takes two lines.
  void heading(const column& column, double x)
  {
    const auto lines = wrapped(column.heading, is_narrow() ? 7 : 40, 2);
    for (std::size_t i = 0; i < lines.size(); ++i)
      svg_.text(x, top - 14 - 17 * static_cast<double>(lines.size() - 1 - i), lines[i],
        is_narrow() ? "small ink" : "head ink", "middle");
  }

  /// Draws the marks of a column, those of each task below each other or, where there is no room,
  /// all of them, and returns where they end. Marks of a colour are at least two pixels apart.
  double marks(const column& column, double x)
  {
    if (!column.marked_thread || column.bars.empty())
      return x;
    const auto& run = *column.run;
    const bool shared = is_narrow() || run.tasks.size() > task_looks ||
                        run.tasks.size() * chart_.columns.size() > 2 * task_looks;
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
      svg_.path(lines[look], "mark " + stroke_of(look));
      if (!shared)
        svg_.text(left(look) + mark_width / 2 - 1, top - 14,
          fmt::format("{}", run.tasks[look].number), "small faint", "middle");
    }
    return left(run.tasks.size() - 1) + mark_width + (is_narrow() ? 1 : 8);
  }

  /// Bars too low for a pattern are one path for each colour.
  void bars(const column& column, double x)
  {
    std::map<std::string, std::string> low;
    for (const auto& bar : column.bars)
    {
      const double y = y_of(bar.from);
      const double height = y_of(bar.to) - y;
      if (height < 6)
        low[colour_of(bar.task)] += box(x, y, column_width(), height);
      else
        tall_bar(column, bar, x, y, height);
    }
    for (const auto& [colour, boxes] : low)
      svg_.path(boxes, colour, "data-kind=\"slice\"");
  }

  void tall_bar(const column& column, const bar& bar, double x, double y, double height)
  {
    const auto number = column.run->tasks[bar.task].number;
    svg_.rect(x, y, column_width(), height, pattern_of(bar.task),
      fmt::format(
        "data-kind=\"{}\" data-task=\"{}\"", column.ground > 0 ? "slice" : "task", number));
    // Two slices of the same task must not look like one.
    if (chart_.axis == scale::order)
      svg_.line(x, y, x + column_width(), y, "split");
    const bool with_word = height >= 26 && column_width() > 60;
    if (height >= 12)
      svg_.text(x + column_width() / 2, y + height / 2 + (with_word ? 6.5 : 4.5),
        fmt::format("{}{}", with_word ? "task " : "", number), with_word ? "label" : "unit",
        "middle");
  }

  void axis(double right)
  {
    const double bottom = top + chart_height;
    for (const auto& label : chart_.axis == scale::time ? time_labels(chart_.extent) : chart_.steps)
    {
      const double y = y_of(label.at);
      svg_.line(axis_x - 5, y, axis_x, y, "axis");
      svg_.text(axis_x - 10, y + 6, label.text, "small faint", "end");
    }
    svg_.line(axis_x, bottom, right, bottom, "grid");
    svg_.path(fmt::format("M{0} {1}V{2}m-5 -9l5 9l5 -9", coordinate(axis_x), coordinate(top),
                coordinate(bottom + 16)),
      "axis");
    svg_.text(axis_x + 12, bottom + 20, chart_.axis == scale::time ? "time" : "order of events",
      "small faint");
  }

  double legend(double x)
  {
    double y = top + 14;
    const auto entry = [&](const std::string& css, const std::string& text) {
      svg_.rect(x, y - 14, 28, 18, css);
      svg_.text(x + 38, y, wrapped(text, 36, 1).front(), "ink");
      y += 27;
    };
    const auto& tasks = chart_.runs.front()->tasks;
    for (std::size_t i = 0; i < std::min(tasks.size(), most_legend_tasks); ++i)
      entry(pattern_of(i), fmt::format("task {}{}{}", tasks[i].number,
                             tasks[i].server.empty() ? "" : ", ", tasks[i].server));
    if (tasks.size() > most_legend_tasks)
    {
      svg_.text(x + 38, y,
        fmt::format(
          "and {}; colours repeat", count_text(tasks.size() - most_legend_tasks, "more task")),
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
        svg_.text(x, y, line, "small faint");
        y += 20;
      }
      y += 8;
    }
    return y;
  }

  const chart& chart_;
  svg_writer svg_;
};

} // namespace

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

double draw_footer(
  svg_writer& svg, const std::vector<const recording*>& runs, double y, double width)
{
  constexpr double x = 24;
  svg.line(x, y - 22, width - x, y - 22, "grid");
  for (const auto* run : runs)
  {
    svg.text(x, y, summary_of(*run), "small ink");
    y += 20;
    for (const auto& line :
      wrapped(run->command, static_cast<std::size_t>((width - 2 * x) / 8.5), 2))
    {
      svg.text(x, y, line, "code faint");
      y += 18;
    }
    y += 6;
  }
  for (const auto& origin : origins_of(runs))
  {
    svg.text(x, y, "Recorded on " + origin, "small faint");
    y += 20;
  }
  return y + 8;
}

} // namespace poetry::figure
