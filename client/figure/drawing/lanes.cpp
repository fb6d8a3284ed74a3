#include "client/figure/drawing/lanes.hpp"

#include "client/figure/drawing/chart.hpp"
#include "client/figure/drawing/thinning.hpp"
#include "client/figure/drawing/words.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace poetry::figure {
namespace {

class lanes_painter
{
public:
  explicit lanes_painter(const std::vector<const recording*>& runs) : runs_(runs)
  {
    for (const auto* run : runs)
    {
      extent_ = std::max(extent_, run->wall);
      for (const auto& task : run->tasks)
        extent_ = std::max(extent_, task.end.value_or(0));
      for (const auto& tick : run->ticks)
        latest_tick_ = std::max(latest_tick_, tick.late);
    }
  }

  drawing paint()
  {
    svg_.open_group("data-figure=\"lanes\" data-scale=\"time\"");
    svg_.text(24, 38, "Lanes: who waits, and for how long", "title ink");
    svg_.text(24, 66,
      "Scale: true time, one axis for all runs. A row is a task; its length is the "
      "time it took.",
      "faint");
    double y = 98;
    legend(y);
    y += 46;
    const double axis_top = y;
    std::string told;
    const auto body_before = svg_.take();
    for (const auto* run : runs_)
    {
      y = draw_run(*run, y);
      told += summary_of(*run) + ". ";
    }
    auto lanes = svg_.take();
    grid(axis_top, y);
    lanes = body_before + svg_.take() + lanes;
    axis(y);
    y = draw_footer(svg_, runs_, 24, y + 72, width);
    svg_.close_group();
    return {"figure-lanes", "Lanes: who waits, and for how long",
      "A row for each task, time to the right, all runs on one axis. " + told, width, y,
      lanes + svg_.take()};
  }

private:
  static constexpr double left = 136;
  static constexpr double plot_width = 880;
  static constexpr double width = left + plot_width + 150;
  static constexpr double tick_height = 26;

  double x_of(microseconds time) const { return left + time / extent_ * plot_width; }

  void legend(double y)
  {
    svg_.rect(24, y - 13, 28, 17, "wait");
    svg_.text(60, y, "waiting", "small ink");
    svg_.rect(146, y - 13, 5, 17, "t1");
    svg_.rect(156, y - 4, 1.2, 8, "t1");
    svg_.rect(162, y - 4, 1.2, 8, "t1");
    svg_.text(172, y, "work: true length at full height, low strokes stand for less than a pixel",
      "small ink");
    svg_.rect(760, y - 13, 28, 17, "idle");
    svg_.text(796, y, "not begun, or the run is over", "small ink");
    if (std::ranges::all_of(runs_, [](const recording* run) { return run->ticks.empty(); }))
      return;
    svg_.rect(28, y + 18, 1.6, 5, "faint");
    svg_.rect(36, y + 8, 1.6, 15, "late");
    svg_.text(60, y + 23, "tick of a timer, where it was due: the taller the later, red from 10 ms",
      "small ink");
  }

  void grid(double top, double bottom)
  {
    for (const auto& label : time_labels(extent_))
      svg_.line(x_of(label.at), top, x_of(label.at), bottom + 6, "grid");
  }

  void axis(double y)
  {
    svg_.path(fmt::format("M{0} {1}H{2}m-9 -5l9 5l-9 5", coordinate(left), coordinate(y + 6),
                coordinate(left + plot_width + 18)),
      "axis");
    for (const auto& label : time_labels(extent_))
      svg_.text(x_of(label.at), y + 28, label.text, "small faint", "middle");
    svg_.text(left + plot_width + 26, y + 11, "time", "small faint");
  }

  double draw_run(const recording& run, double y)
  {
    const auto shown = evenly_spread(run.tasks.size(), most_lanes);
    const double lane = shown.size() <= 4 ? 22 : 16;
    svg_.open_group(
      fmt::format("data-run=\"{}\" data-wall-us=\"{}\"", escaped(run.model), coordinate(run.wall)));
    const double end = x_of(run.wall);
    svg_.text(24, y + 16, next_label(run.model, seen_), "head ink");
    svg_.text(end + 6, y + 16, time_text(run.wall), "head ink");
    if (shown.size() < run.tasks.size())
      svg_.text(end < left + plot_width / 2 ? left + plot_width : left, y + 16,
        fmt::format(
          "thinned: {} of {}, evenly chosen", shown.size(), count_text(run.tasks.size(), "task")),
        "small faint", end < left + plot_width / 2 ? "end" : "start");
    y += 24;
    const double top = y;
    const auto slices = slices_of(run, shown);
    for (std::size_t i = 0; i < shown.size(); ++i)
    {
      draw_lane(run, shown[i], slices[i], y, lane);
      y += lane + 3;
    }
    svg_.line(end, top - 18, end, y + (run.ticks.empty() ? 0 : tick_height), "point");
    if (!run.ticks.empty())
      y = draw_ticks(run, y);
    svg_.close_group();
    return y + 14;
  }

  /// The slices of each of the tasks `shown`, those within a pixel put together.
  std::vector<std::vector<bar>> slices_of(
    const recording& run, const std::vector<std::size_t>& shown) const
  {
    std::vector<std::vector<bar>> slices(shown.size());
    const double pixel = extent_ / plot_width * 1.4;
    for (const auto& slice : run.slices)
    {
      const auto at = std::ranges::lower_bound(shown, slice.task);
      if (at == shown.end() || *at != slice.task)
        continue;
      auto& lane = slices[static_cast<std::size_t>(at - shown.begin())];
      if (!lane.empty() && slice.end() < lane.back().from + pixel)
      {
        lane.back().end = std::max(lane.back().end, slice.end());
        ++lane.back().merged;
      }
      else
        lane.push_back(
          {bar_kind::slice, slice.start, slice.end(), slice.task, slice.start, slice.end()});
    }
    return slices;
  }

  void draw_lane(const recording& run, std::size_t index, const std::vector<bar>& slices, double y,
    double height)
  {
    const auto& task = run.tasks[index];
    svg_.text(left - 10, y + height / 2 + 6, fmt::format("task {}", task.number),
      height > 16 ? "ink" : "small ink", "end");
    svg_.rect(left, y, x_of(extent_) - left, height, "idle");
    if (!task.start || !task.end)
      return;
    svg_.rect(x_of(*task.start), y, x_of(*task.end) - x_of(*task.start), height, "wait",
      fmt::format("data-kind=\"task\" data-task=\"{}\" data-start-us=\"{}\" data-end-us=\"{}\"",
        task.number, coordinate(*task.start), coordinate(*task.end)));
    for (const auto& slice : slices)
    {
      const double wide = x_of(slice.end) - x_of(slice.start);
      // What is too short to be seen is drawn wider than it is, but low: the grey it stands in
      // stays.
      const double low = wide < 1.2 || slice.merged > 1 ? height * 0.55 : 0;
      svg_.rect(x_of(slice.start), y + low, std::max(wide, 1.2), height - low,
        wide > 8 ? pattern_of(index) : colour_of(index),
        fmt::format("data-kind=\"slice\" data-task=\"{}\" data-start-us=\"{}\" "
                    "data-end-us=\"{}\"{}",
          task.number, coordinate(slice.start), coordinate(slice.end),
          slice.merged > 1 ? fmt::format(" data-merged=\"{}\"", slice.merged) : ""));
    }
    if (task.status == "failed" || task.status == "cancelled")
      svg_.text(x_of(*task.end) + 6, y + height / 2 + 6, task.status, "small late");
  }

  /// A strip in which each tick stands where it was due, as high as it was late.
  double draw_ticks(const recording& run, double y)
  {
    const double bottom = y + tick_height - 2;
    svg_.text(left - 10, bottom - 3, "tick late", "small faint", "end");
    svg_.line(left, bottom, x_of(run.wall), bottom, "edge");
    microseconds worst = 0;
    for (const auto& tick : latest_ticks(run.ticks, most_bars / 3))
    {
      worst = std::max(worst, tick.late);
      const double height = std::max(1.0, std::sqrt(tick.late / latest_tick_) * (tick_height - 4));
      svg_.rect(x_of(std::max(0.0, tick.at - tick.late)), bottom - height, 1.6, height,
        tick.late > too_late ? "late" : "faint",
        fmt::format("data-kind=\"tick\" data-late-us=\"{}\"", coordinate(tick.late)));
    }
    svg_.text(x_of(run.wall) + 6, bottom - 1, "worst " + time_text(worst), "small faint");
    return y + tick_height;
  }

  const std::vector<const recording*>& runs_;
  microseconds extent_ = 1;
  microseconds latest_tick_ = too_late; // what fills the strip: ticks on time stay low
  std::map<std::string, int> seen_;
  svg_writer svg_;
};

} // namespace

drawing draw_lanes(const std::vector<const recording*>& runs)
{
  return lanes_painter(runs).paint();
}

} // namespace poetry::figure
