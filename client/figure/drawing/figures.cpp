#include "client/figure/drawing/figures.hpp"

#include "client/figure/drawing/thinning.hpp"
#include "client/figure/drawing/words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <stdexcept>

namespace poetry::figure {
namespace {

/// What the picture shows, from its first moment to its last.
microseconds extent_of(const recording& run)
{
  microseconds extent = std::max(run.wall, 1.0);
  for (const auto& task : run.tasks)
    extent = std::max(extent, task.end.value_or(0));
  for (const auto& slice : run.slices)
    extent = std::max(extent, slice.end());
  return extent;
}

std::uint64_t bytes_of(const recording& run)
{
  std::uint64_t bytes = 0;
  for (const auto& slice : run.slices)
    bytes += slice.bytes;
  return bytes;
}

void say_if_thinned(chart& chart, std::size_t slices)
{
  std::size_t drawn = 0;
  for (const auto& column : chart.columns)
    drawn += static_cast<std::size_t>(std::ranges::count_if(
      column.bars, [](const bar& bar) { return bar.kind != bar_kind::wait; }));
  if (drawn < slices)
    chart.notes.push_back(fmt::format(
      "Thinned: {} drawn as {}. What follows closely is put together; lengths are kept.",
      count_text(slices, "piece"), count_text(drawn, "bar")));
}

chart time_chart(const std::vector<const recording*>& runs)
{
  chart chart;
  chart.runs = runs;
  for (const auto* run : runs)
    chart.extent = std::max(chart.extent, extent_of(*run));
  chart.labels = time_labels(chart.extent);
  chart.subtitle = "Scale: true time. Every length is a length of time.";
  return chart;
}

const char* downwards(scale scale)
{
  return scale == scale::time ? "time going down" : "events going down in their order";
}

/// One thread's slices and waits.
column thread_column(const recording& run, std::size_t track, microseconds pixel)
{
  return {run.tracks.empty() ? "no thread" : run.tracks[track].name, &run,
    with_waits(slice_bars(run, track, pixel), run.wall), slice_marks(run, track, 2 * pixel)};
}

/// Points at the longest waits that lie far enough apart for words.
void point_at_waits(chart& chart, const column& column)
{
  auto waits = column.bars;
  std::erase_if(waits, [](const bar& bar) { return bar.kind != bar_kind::wait; });
  std::ranges::stable_sort(
    waits, std::ranges::greater(), [](const bar& bar) { return bar.to - bar.from; });
  const double apart = chart.extent / chart_height * 64;
  for (const auto& wait : waits)
  {
    const double middle = (wait.from + wait.to) / 2;
    if (chart.pointers.size() < 6 &&
        std::ranges::none_of(chart.pointers,
          [&](const pointer& other) { return std::abs(other.at - middle) < apart; }))
      chart.pointers.push_back({middle, "waits " + time_text(wait.to - wait.from)});
  }
}

/// Lays out slices in the order they happened, each one step long, with a grey line where nothing
/// could go on for a while. `column_at` gives the column of a track, or none.
template <class ColumnAt>
void lay_out_in_order(chart& chart, const recording& run, ColumnAt column_at)
{
  constexpr microseconds noticeable = 1000;
  constexpr double wait_step = 0.4;
  double at = 0;
  std::size_t steps = 0;
  microseconds busy_until = 0;
  std::size_t left_out = 0;
  for (const auto& slice : run.slices)
  {
    const auto index = column_at(slice.track);
    if (!index)
      continue;
    if (steps == most_steps)
    {
      ++left_out;
      continue;
    }
    if (slice.start - busy_until >= noticeable)
    {
      for (auto& column : chart.columns)
        column.bars.push_back({bar_kind::wait, at, at + wait_step, 0, busy_until, slice.start});
      at += wait_step;
    }
    chart.columns[*index].bars.push_back(
      {bar_kind::slice, at, at + 1, slice.task, slice.start, slice.end()});
    ++steps;
    if (steps == 1 || steps % 8 == 0)
      chart.labels.push_back({at + 0.5, fmt::format("{}.", steps)});
    at += 1;
    busy_until = std::max(busy_until, slice.end());
  }
  chart.axis = scale::order;
  chart.extent = std::max(at, 1.0);
  chart.subtitle = "Scale: event order. Each piece of work is one step; lengths are not times.";
  chart.notes.push_back("A grey line: no task could go on for 1 ms or more. Its length says "
                        "nothing.");
  if (left_out > 0)
    chart.notes.push_back(
      fmt::format("The first {} of {} are drawn.", steps, count_text(steps + left_out, "piece")));
}

chart synchronous(const recording& run, scale scale)
{
  auto chart = time_chart({&run});
  chart.name = "1";
  chart.title = fmt::format("Figure 1. {}: one task after another", run.model);
  chart.description = fmt::format("One column, {}. Each of {} has the thread to itself from begin "
                                  "to end, then the next begins. {}.",
    downwards(scale), count_text(run.tasks.size(), "task"), summary_of(run));
  column column{"one thread", &run, {}, {}};
  column.bars =
    task_bars(run, evenly_spread(run.tasks.size(), run.tasks.size()), chart.extent / chart_height);
  chart.notes.push_back(
    scale == scale::time
      ? "A bar is a whole task, working and waiting: nothing else runs until it ends."
      : "A bar is a whole task, as long as the number of its pieces of work: nothing else runs "
        "until it ends.");
  if (scale == scale::order)
  {
    std::vector<std::size_t> slices(run.tasks.size());
    for (const auto& slice : run.slices)
      ++slices[slice.task];
    double at = 0;
    for (auto& bar : column.bars)
    {
      bar.from = at;
      at += static_cast<double>(std::max<std::size_t>(slices[bar.task], 1));
      bar.to = at;
    }
    chart.axis = scale::order;
    chart.extent = std::max(at, 1.0);
    chart.labels.clear();
    for (double step = round_step(chart.extent), label = step; label <= at; label += step)
      chart.labels.push_back({label, fmt::format("{:.0f}.", label)});
    chart.subtitle = "Scale: event order. Each piece of work is one step; waiting is removed.";
  }
  chart.columns.push_back(std::move(column));
  say_if_thinned(chart, run.tasks.size());
  return chart;
}

chart threaded(const recording& run, scale scale)
{
  auto chart = time_chart({&run});
  chart.name = "2";
  const bool in_processes = run.model == "processes";
  chart.title = fmt::format(
    "Figure 2. {}: several {} at once", run.model, in_processes ? "processes" : "threads");
  chart.description = fmt::format(
    "A column for each thread, all from one zero, {}. {}.", downwards(scale), summary_of(run));
  const double pixel = chart.extent / chart_height;
  // A thread that serves one task is that task's; one that serves several shows its slices.
  std::vector<std::vector<std::size_t>> tasks(run.tracks.size());
  for (const auto& slice : run.slices)
    if (auto& of_track = tasks[slice.track];
        std::ranges::find(of_track, slice.task) == of_track.end())
      if (of_track.size() < 2)
        of_track.push_back(slice.task);
  const auto has_one_task = [&](std::size_t track) { return tasks[track].size() == 1; };
  std::vector<std::size_t> tracks(run.tracks.size());
  std::iota(tracks.begin(), tracks.end(), std::size_t{0});
  const bool a_task_each = std::ranges::all_of(tracks, has_one_task);
  if (a_task_each)
    std::ranges::stable_sort(tracks, {}, [&](std::size_t track) { return tasks[track].front(); });
  std::vector<std::optional<std::size_t>> column_of(run.tracks.size());
  for (const auto place : evenly_spread(tracks.size(), most_columns))
  {
    const auto track = tracks[place];
    column_of[track] = chart.columns.size();
    auto column = thread_column(run, track, pixel);
    if (a_task_each)
      column.heading = fmt::format("{} {}", in_processes ? "process" : "thread", place + 1);
    if (scale == scale::order)
      column.bars.clear();
    else if (has_one_task(track))
      column.bars = task_bars(run, tasks[track], pixel);
    if (scale == scale::order || a_task_each)
      column.marks.clear();
    chart.columns.push_back(std::move(column));
  }
  if (scale == scale::order)
  {
    chart.labels.clear();
    lay_out_in_order(chart, run, [&](std::size_t track) { return column_of[track]; });
  }
  else
    chart.notes.push_back(fmt::format("A column is a {}; {} The operating system decides who runs.",
      in_processes ? "process" : "thread",
      a_task_each ? "a bar is a whole task, working and waiting."
                  : "hairlines to its left are its pieces of work, however short. In the column "
                    "itself lengths are true."));
  if (chart.columns.size() < run.tracks.size())
    chart.notes.push_back(fmt::format("Thinned: {} of {} {} are drawn, evenly chosen.",
      chart.columns.size(), run.tracks.size(), in_processes ? "processes" : "threads"));
  return chart;
}

chart asynchronous(const recording& run, scale scale)
{
  auto chart = time_chart({&run});
  chart.name = "3";
  const bool interleaved = is_interleaved(run);
  chart.title = fmt::format("Figure 3. {}: one thread, {}", run.model,
    interleaved                 ? "tasks interleaved"
    : run.tasks.size() == 1     ? "one task"
    : is_one_after_another(run) ? "one task after another"
                                : "tasks begun together, read one by one");
  chart.description = fmt::format("One column, {}. The thread {}. {}.", downwards(scale),
    interleaved ? "works for one task, then for another, whichever can go on, and waits when none "
                  "can"
                : "works for one task to its end, then for the next",
    summary_of(run));
  chart.columns.push_back(thread_column(run, 0, chart.extent / chart_height));
  chart.columns.back().heading = "one thread";
  if (scale == scale::order)
  {
    chart.columns.back().bars.clear();
    chart.columns.back().marks.clear();
    chart.labels.clear();
    lay_out_in_order(chart, run, [](std::size_t) { return std::optional<std::size_t>(0); });
    return chart;
  }
  if (!chart.columns.back().marks.empty())
    chart.notes.push_back("Hairlines, left: each piece of work, however short. In the column "
                          "itself lengths are true.");
  say_if_thinned(chart, run.slices.size());
  return chart;
}

chart waiting(const recording& run)
{
  auto chart = time_chart({&run});
  chart.name = "4";
  chart.title = fmt::format("Figure 4. {}: where its time goes", run.model);
  chart.description = fmt::format("One column, time going down: colour where the thread works, "
                                  "grey where it waits, which is {} of the time. {}.",
    share_text(share_of_waiting(run)), summary_of(run));
  chart.columns.push_back(thread_column(run, 0, chart.extent / chart_height));
  chart.columns.back().heading = "one thread";
  point_at_waits(chart, chart.columns.back());
  chart.notes.push_back(fmt::format("Working {}, waiting {}: {} of the wall clock is grey.",
    time_text(time_in_slices(run)), time_text(run.wall - time_in_slices(run)),
    share_text(share_of_waiting(run))));
  say_if_thinned(chart, run.slices.size());
  return chart;
}

} // namespace

bool suits(figure_kind kind, const recording& run)
{
  switch (kind)
  {
  case figure_kind::synchronous:
  case figure_kind::waiting:
    return is_one_after_another(run);
  case figure_kind::threaded:
    return run.tracks.size() > 1;
  case figure_kind::asynchronous:
    // A single task is interleaved with nothing: then the model says what was meant.
    return run.tracks.size() == 1 &&
           (!is_one_after_another(run) || run.model == "async" || run.model == "coroutines");
  default:
    return !run.tasks.empty();
  }
}

scale natural_scale(figure_kind kind)
{
  return kind == figure_kind::asynchronous ? scale::order : scale::time;
}

drawing draw_figure(figure_kind kind, const recording& run, scale scale)
{
  return draw(kind == figure_kind::synchronous    ? synchronous(run, scale)
              : kind == figure_kind::threaded     ? threaded(run, scale)
              : kind == figure_kind::asynchronous ? asynchronous(run, scale)
                                                  : waiting(run));
}

drawing draw_beside(const recording& asynchronous, const recording& blocking)
{
  auto chart = time_chart({&asynchronous, &blocking});
  chart.name = "beside";
  // Without work on purpose, what each needed to receive the same bytes is not to be compared.
  const bool worked = asynchronous.work && blocking.work;
  chart.title = fmt::format("Figure 3 beside Figure 4: {}less waiting",
    worked                                         ? "the same work, "
    : bytes_of(asynchronous) == bytes_of(blocking) ? "the same bytes, "
                                                   : "");
  chart.description = fmt::format("Two columns on one axis, time going down. Left, {}. Right, {}. "
                                  "What is grey for one task on the right is filled with the work "
                                  "of others on the left.",
    summary_of(asynchronous), summary_of(blocking));
  for (const auto* run : chart.runs)
  {
    chart.columns.push_back(thread_column(*run, 0, chart.extent / chart_height));
    chart.columns.back().heading = run->model;
    const auto waits = time_text(run->wall - time_in_slices(*run));
    chart.notes.push_back(worked ? fmt::format("{}: works {}, waits {}.", run->model,
                                     time_text(time_in_slices(*run)), waits)
                                 : fmt::format("{}: waits {}.", run->model, waits));
  }
  if (chart.columns.front().marks.empty() != chart.columns.back().marks.empty())
    for (auto& column : chart.columns)
      column.marks.clear();
  if (!chart.columns.front().marks.empty())
    chart.notes.push_back("Hairlines: each piece of work, however short.");
  say_if_thinned(chart, asynchronous.slices.size() + blocking.slices.size());
  return draw(chart);
}

} // namespace poetry::figure
