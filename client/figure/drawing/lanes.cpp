#include "client/figure/drawing/chart.hpp"
#include "client/figure/drawing/figures.hpp"
#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace poetry::figure {
namespace {

class lanes_painter
{
public:
  lanes_painter(const std::vector<recording>& runs, bool moving) : runs_(runs), moving_(moving)
  {
    for (const auto& run : runs)
    {
      extent_ = std::max(extent_, extent_of(run));
      for (const auto& tick : run.ticks)
        latest_tick_ = std::max(latest_tick_, tick.late);
    }
  }

  drawing paint()
  {
    drawing_.heading("Scale: true time, one axis for all runs. A row is a task; its length is the "
                     "time it took.");
    double y = 98;
    legend(y);
    y += 46;
    const double axis_top = y;
    for (const auto& run : runs_)
      y = draw_run(run, y);
    if (moving_)
      curtain(axis_top - 4, y);
    axis(axis_top, y);
    drawing_.caption =
      "A row is a task: grey while it waits, coloured where bytes arrive and are worked on.";
    drawing_.description = "Time goes to the right. " + drawing_.caption;
    add_footer(drawing_, {runs_.begin(), runs_.end()}, y + 72);
    return drawing_;
  }

private:
  static constexpr double left = 136;
  static constexpr double plot_width = 880;
  static constexpr double width = left + plot_width + 150;
  static constexpr double tick_height = 26;
  static constexpr double tick_width = 1.6;
  static constexpr double narrowest = 1.2; // that is drawn in its true length
  static constexpr std::size_t most_lanes = 16;

  double x_of(microseconds time) const { return left + time / extent_ * plot_width; }

  void legend(double y)
  {
    const auto entry = [&](double x, std::string_view text) {
      drawing_.text(x + 36, y, text, "small ink");
    };
    drawing_.rect(24, y - 13, 28, 17, "wait");
    entry(24, "waiting");
    drawing_.rect(146, y - 13, 5, 17, "t1");
    drawing_.path(fmt::format("M157 {0:.6g}v-8M163 {0:.6g}v-8", y + 4), "mark t1");
    entry(136, "work, in true length; a low stroke is shorter than a pixel");
    drawing_.rect(640, y - 13, 28, 17, "idle");
    entry(640, "not started, or the run is over");
    if (std::ranges::all_of(runs_, &std::vector<tick>::empty, &recording::ticks))
      return;
    y += 23;
    drawing_.rect(28, y - 4, tick_width, 4, "faint");
    drawing_.rect(36, y - 15, tick_width, 15, "late");
    entry(24, "timer tick at the time it was due; its height is how late it was, red from 10 ms");
  }

  /// Covers the lanes and uncovers them in the time of the runs, again and again; the first moment
  /// shows them whole. It is not there on paper, where the reader asks for less motion, and in
  /// programs that know no animation.
  void curtain(double top, double bottom)
  {
    const double playing = std::clamp(extent_ / 1e6, 2.0, 30.0);
    const double total = playing + 3; // s, of which the whole picture stays for nearly 3
    drawing_.body += fmt::format(R"(<style>
.curtain {{ visibility: hidden; }}
@media screen and (prefers-reduced-motion: no-preference) {{
  .curtain {{ visibility: visible; animation: uncover {:.6g}s linear -{:.6g}s infinite; }}
}}
@keyframes uncover {{
  {:.6g}% {{ transform: translateX({}px); }}
  {:.6g}%, 100% {{ transform: translateX({}px); }}
}}
</style>
<g class="curtain">
)",
      total, playing + 1, 100 * playing / total, plot_width, 100 * (playing + 0.2) / total,
      width - left + 2); // the line leaves the picture, too
    drawing_.rect(left, top, width - left, bottom - top, "paper");
    drawing_.line(left, top, left, bottom, "point");
    drawing_.body += "</g>\n";
  }

  void axis(double top, double bottom)
  {
    for (const auto& label : time_labels(extent_))
    {
      drawing_.line(x_of(label.at), top, x_of(label.at), bottom + 6, "grid");
      drawing_.text(x_of(label.at), bottom + 28, label.text, "small faint", "middle");
    }
    drawing_.path(
      fmt::format("M{} {:.6g}h{}m-9 -5l9 5l-9 5", left, bottom + 6, plot_width + 18), "axis");
    drawing_.text(left + plot_width + 26, bottom + 11, "time", "small faint");
  }

  double draw_run(const recording& run, double y)
  {
    const auto shown = evenly_spread(run.tasks.size(), most_lanes);
    const double lane = shown.size() <= 4 ? 22 : 16;
    const double end = x_of(run.wall);
    drawing_.text(24, y + 16, next_label(run, seen_), "head ink");
    drawing_.text(end + 6, y + 16, time_text(run.wall / 1e6), "head ink");
    if (shown.size() < run.tasks.size())
      drawing_.text(end < left + plot_width / 2 ? left + plot_width : left, y + 16,
        fmt::format(
          "{} of {} are shown, evenly chosen", shown.size(), count_text(run.tasks.size(), "task")),
        "small faint", end < left + plot_width / 2 ? "end" : "start");
    y += 24;
    const double top = y;
    for (const auto task : shown)
    {
      draw_lane(run, task, y, lane);
      y += lane + 3;
    }
    drawing_.line(end, top - 18, end, y + (run.ticks.empty() ? 0 : tick_height), "point");
    if (!run.ticks.empty())
      y = draw_ticks(run, y);
    return y + 14;
  }

  void draw_lane(const recording& run, std::size_t index, double y, double height)
  {
    const auto& task = run.tasks[index];
    drawing_.text(left - 10, y + height / 2 + 6, fmt::format("task {}", index + 1),
      height > 16 ? "ink" : "small ink", "end");
    drawing_.rect(left, y, x_of(extent_) - left, height, "idle");
    if (!task.start)
      return;
    drawing_.rect(x_of(*task.start), y, x_of(*task.end) - x_of(*task.start), height, "task wait");
    // What is too short to be seen is a low stroke, so that the grey around it stays visible.
    std::map<std::string, std::string> shapes;
    const auto slices = slices_of(run, &slice::task, index);
    for (const auto& slice : merged(slices, narrowest / plot_width * extent_))
      if (const double x = x_of(slice.start), wide = x_of(slice.end()) - x; wide < narrowest)
        shapes["mark " + colour_of(index)] +=
          fmt::format("M{:.5g} {:.6g}v{:.6g}", x, y + height, -0.45 * height);
      else
        shapes[wide > 8 ? pattern_of(index) : colour_of(index)] += box(x, y, wide, height);
    for (const auto& [css, data] : shapes)
      drawing_.path(data, "slice " + css);
    if (task.status == "failed" || task.status == "cancelled")
      drawing_.text(x_of(*task.end) + 6, y + height / 2 + 6, task.status, "small late");
  }

  /// A bar for each tick, where it was due, as high as it was late.
  double draw_ticks(const recording& run, double y)
  {
    const double bottom = y + tick_height - 2;
    drawing_.text(left - 10, bottom - 3, "tick late", "small faint", "end");
    drawing_.line(left, bottom, x_of(run.wall), bottom, "axis");
    const auto worst = std::ranges::max(run.ticks, {}, &tick::late).late;
    std::map<int, microseconds> latest; // of those due within a stroke's width
    for (const auto& tick : run.ticks)
    {
      auto& late =
        latest[static_cast<int>((x_of(std::max(0.0, tick.at - tick.late)) - left) / tick_width)];
      late = std::max(late, tick.late);
    }
    std::map<std::string, std::string> strokes;
    for (const auto& [place, late] : latest)
      strokes[late > too_late ? "tick late" : "tick"] +=
        fmt::format("M{:.5g} {:.6g}v-{:.3g}", left + (place + 0.5) * tick_width, bottom,
          std::max(1.0, std::sqrt(late / latest_tick_) * (tick_height - 4)));
    for (const auto& [css, data] : strokes)
      drawing_.path(data, css);
    drawing_.text(x_of(run.wall) + 6, bottom - 1, "worst " + time_text(worst / 1e6), "small faint");
    return y + tick_height;
  }

  const std::vector<recording>& runs_;
  const bool moving_;
  microseconds extent_ = 1;
  microseconds latest_tick_ = too_late; // has the full height; ticks on time stay low
  std::map<std::string, int> seen_;
  drawing drawing_{
    .name = "figure-lanes", .title = "Lanes: who waits, and for how long", .width = width};
};

} // namespace

drawing draw_lanes(const std::vector<recording>& runs, bool moving)
{
  return lanes_painter(runs, moving).paint();
}

} // namespace poetry::figure
