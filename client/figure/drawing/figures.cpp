#include "client/figure/drawing/figures.hpp"

#include "client/figure/drawing/bars.hpp"
#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace poetry::figure {
namespace {

std::uint64_t bytes_of(const recording& run)
{
  std::uint64_t bytes = 0;
  for (const auto& slice : run.slices)
    bytes += slice.bytes;
  return bytes;
}

chart time_chart(const std::string& name, const std::string& title, const std::string& caption,
  const std::vector<const recording*>& runs)
{
  chart chart{.name = name, .title = title, .caption = caption, .runs = runs};
  for (const auto* run : runs)
    chart.extent = std::max(chart.extent, extent_of(*run));
  chart.labels = time_labels(chart.extent);
  chart.subtitle = "Scale: true time. Every length is a length of time.";
  return chart;
}

/// One thread's slices and waits.
column thread_column(const recording& run, std::size_t track, microseconds pixel)
{
  return {run.tracks.empty() ? "no thread" : run.tracks[track].name, &run,
    bars_of_track(run, track, pixel), slice_marks(run, track, 2 * pixel), run.wall};
}

/// Labels the longest waits that are far enough apart for a text.
void point_at_waits(chart& chart, const column& column)
{
  auto waits = waits_between(column.bars, column.ground);
  std::ranges::stable_sort(
    waits, std::ranges::greater(), [](const bar& bar) { return bar.to - bar.from; });
  const double apart = chart.extent / chart_height * 64;
  for (const auto& wait : waits)
  {
    const double middle = (wait.from + wait.to) / 2;
    if (chart.pointers.size() < 6 && std::ranges::none_of(chart.pointers, [&](const label& other) {
          return std::abs(other.at - middle) < apart;
        }))
      chart.pointers.push_back({middle, "waits " + time_text(wait.to - wait.from)});
  }
}

chart synchronous(const recording& run)
{
  auto chart = time_chart("1", fmt::format("Figure 1. {}: one task after another", run.model),
    "One after another: while a task waits, everything waits. The wall clock is the sum.", {&run});
  const auto all = evenly_spread(run.tasks.size(), run.tasks.size());
  chart.columns.push_back(
    {"one thread", &run, task_bars(run, all, chart.extent / chart_height), {}});
  chart.notes.push_back(
    "A bar is a whole task, working and waiting: nothing else runs until it ends.");
  return chart;
}

chart threaded(const recording& run)
{
  constexpr std::size_t most_columns = 12;
  const bool in_processes = run.model == "processes";
  const std::string one = in_processes ? "process" : "thread";
  const std::string many = in_processes ? "processes" : "threads";
  auto chart = time_chart("2", fmt::format("Figure 2. {}: several {} at once", run.model, many),
    fmt::format("All at once, each in a {} of its own. The wall clock is the longest.", one),
    {&run});
  const double pixel = chart.extent / chart_height;
  // The column of a thread shows its only task, or the slices of its tasks.
  std::vector<std::set<std::size_t>> tasks(run.tracks.size());
  for (const auto& slice : run.slices)
    tasks[slice.track].insert(slice.task);
  std::vector<std::size_t> tracks(run.tracks.size());
  std::iota(tracks.begin(), tracks.end(), std::size_t{0});
  const bool a_task_each =
    std::ranges::all_of(tasks, [](const auto& of_track) { return of_track.size() == 1; });
  if (a_task_each)
    std::ranges::stable_sort(tracks, {}, [&](std::size_t track) { return *tasks[track].begin(); });
  for (const auto place : evenly_spread(tracks.size(), most_columns))
  {
    const auto track = tracks[place];
    auto& column = chart.columns.emplace_back(thread_column(run, track, pixel));
    if (tasks[track].size() == 1)
    {
      column.bars = task_bars(run, {*tasks[track].begin()}, pixel);
      column.ground = 0;
    }
    if (a_task_each)
    {
      column.heading = fmt::format("{} {}", one, place + 1);
      column.marks.clear();
    }
  }
  chart.notes.push_back(
    fmt::format("A column is a {}; {} The operating system decides who runs.", one,
      a_task_each ? "a bar is a whole task, working and waiting."
                  : "lines to its left mark each piece of work, however short. In the column "
                    "itself lengths are true."));
  if (chart.columns.size() < run.tracks.size())
    chart.notes.push_back(fmt::format(
      "{} of {} {} are shown, evenly chosen.", chart.columns.size(), run.tracks.size(), many));
  return chart;
}

/// Replaces true time by the order of events: each slice is one step long, and a thin grey bar
/// stands where no task could go on for a while.
void put_in_order(chart& chart, const recording& run)
{
  constexpr std::size_t most_steps = 24;
  constexpr microseconds noticeable = 1000;
  constexpr double wait_step = 0.4;
  auto& column = chart.columns.front() = {"one thread", &run, {}, {}};
  chart.labels.clear();
  double at = 0;
  const auto steps = std::min(run.slices.size(), most_steps);
  microseconds busy_until = 0;
  for (std::size_t i = 0; i < steps; ++i)
  {
    const auto& slice = run.slices[i];
    if (slice.start - busy_until >= noticeable)
    {
      column.bars.push_back({bar_kind::wait, at, at + wait_step, 0});
      at += wait_step;
    }
    column.bars.push_back({bar_kind::slice, at, at + 1, slice.task});
    if (i == 0 || (i + 1) % 8 == 0)
      chart.labels.push_back({at + 0.5, fmt::format("{}.", i + 1)});
    at += 1;
    busy_until = slice.end();
  }
  chart.axis = scale::order;
  chart.extent = std::max(at, 1.0);
  chart.subtitle = "Scale: event order. Each slice is one step; lengths are not times.";
  chart.notes.push_back(
    "A grey bar: no task could go on for 1 ms or more. Its length has no meaning.");
  if (steps < run.slices.size())
    chart.notes.push_back(
      fmt::format("The first {} of {} are shown.", steps, count_text(run.slices.size(), "slice")));
}

chart asynchronous(const recording& run, scale scale)
{
  const bool interleaved = is_interleaved(run);
  const auto* how = interleaved                 ? "tasks interleaved"
                    : run.tasks.size() == 1     ? "one task"
                    : is_one_after_another(run) ? "one task after another"
                                                : "tasks started together, read one by one";
  const auto* caption =
    scale == scale::time ? "In true time: what is not grey is all the work there was."
    : interleaved
      ? "One thread, in the order of events: a task runs until it gives up control, then another."
      : "One thread, in the order of events: a task has the thread until it ends.";
  auto chart =
    time_chart("3", fmt::format("Figure 3. {}: one thread, {}", run.model, how), caption, {&run});
  chart.columns.push_back(thread_column(run, 0, chart.extent / chart_height));
  chart.columns.back().heading = "one thread";
  if (scale == scale::order)
    put_in_order(chart, run);
  else
    chart.notes.push_back("Lines to the left mark each piece of work, however short. In the column "
                          "itself lengths are true.");
  return chart;
}

chart waiting(const recording& run)
{
  auto chart = time_chart("4", fmt::format("Figure 4. {}: where its time goes", run.model),
    "One after another, with the longest waits labelled.", {&run});
  chart.columns.push_back(thread_column(run, 0, chart.extent / chart_height));
  chart.columns.back().heading = "one thread";
  point_at_waits(chart, chart.columns.back());
  chart.notes.push_back(fmt::format("Working {}, waiting {}: {} of the wall clock is grey.",
    time_text(time_in_slices(run)), time_text(run.wall - time_in_slices(run)),
    share_text(share_of_waiting(run))));
  return chart;
}

bool has_threads(const recording& run)
{
  return run.tracks.size() > 1;
}

bool is_event_loop(const recording& run)
{
  // A single task is interleaved with nothing: then the model decides.
  return run.tracks.size() == 1 &&
         (!is_one_after_another(run) || run.model == "async" || run.model == "coroutines");
}

constexpr numbered_figure all_figures[] = {
  {"1", scale::time, "one thread and no two tasks at once, such as blocking", {"blocking", "", ""},
    is_one_after_another, [](const recording& run) { return draw(synchronous(run)); }},
  {"2", scale::time, "several threads", {"threads", "processes", "mixed"}, has_threads,
    [](const recording& run) { return draw(threaded(run)); }},
  {"3", scale::order, "one thread and interleaved tasks, such as async",
    {"async", "coroutines", ""}, is_event_loop,
    [](const recording& run) { return draw(asynchronous(run, scale::order)); }},
  {"3", scale::time, "one thread and interleaved tasks, such as async", {"async", "coroutines", ""},
    is_event_loop, [](const recording& run) { return draw(asynchronous(run, scale::time)); }},
  {"4", scale::time, "one thread and no two tasks at once, such as blocking", {"blocking", "", ""},
    is_one_after_another, [](const recording& run) { return draw(waiting(run)); }},
};

} // namespace

std::span<const numbered_figure> numbered_figures()
{
  return all_figures;
}

drawing draw_beside(const recording& asynchronous, const recording& blocking)
{
  // Without --work, the little that each needs to receive bytes is not worth a comparison.
  const bool worked = asynchronous.work > 0 && blocking.work > 0;
  const auto* same = worked                                         ? "the same work, "
                     : bytes_of(asynchronous) == bytes_of(blocking) ? "the same bytes, "
                                                                    : "";
  auto chart = time_chart("beside", fmt::format("Figure 3 beside Figure 4: {}less waiting", same),
    "Less waiting: what is grey for one task on the right is filled with others on the left.",
    {&asynchronous, &blocking});
  for (const auto* run : chart.runs)
  {
    chart.columns.push_back(thread_column(*run, 0, chart.extent / chart_height));
    chart.columns.back().heading = run->model;
    const auto waits = time_text(run->wall - time_in_slices(*run));
    chart.notes.push_back(worked ? fmt::format("{}: works {}, waits {}.", run->model,
                                     time_text(time_in_slices(*run)), waits)
                                 : fmt::format("{}: waits {}.", run->model, waits));
  }
  chart.notes.push_back("Lines to the left mark each piece of work, however short.");
  return draw(chart);
}

} // namespace poetry::figure
