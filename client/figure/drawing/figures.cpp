#include "client/figure/drawing/figures.hpp"

#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <stdexcept>

namespace poetry::figure {
namespace {

/// A chart with an axis of time for these runs, to be filled.
chart empty_chart(const std::string& name, scale axis, const recordings& runs)
{
  microseconds extent = 0;
  for (const recording& run : runs)
    extent = std::max(extent, extent_of(run));
  return {name, axis, runs, extent, time_labels(extent)};
}

/// A thread's slices and waits.
column thread_column(const recording& run, std::size_t thread, const std::string& heading)
{
  return {heading, slices_of(run, &slice::thread, thread), run.wall};
}

slice whole_task(const recording& run, std::uint32_t index)
{
  const auto& task = run.tasks[index];
  return {0, index, *task.start, *task.end - *task.start, 0};
}

/// Labels the longest waits that are far enough apart for a text.
void point_at_waits(chart& chart, const column& column)
{
  std::vector<std::pair<microseconds, microseconds>> waits; // length and middle
  microseconds done = 0;
  const auto wait_until = [&](microseconds time) {
    if (time > done)
      waits.emplace_back(time - done, (done + time) / 2);
  };
  for (const auto& bar : column.bars)
  {
    wait_until(bar.start);
    done = std::max(done, bar.end());
  }
  wait_until(column.ground);
  std::ranges::sort(waits, std::ranges::greater());
  const double apart = chart.extent / chart_height * 64;
  for (const auto& wait : waits)
  {
    const auto middle = wait.second;
    const auto is_near = [&](const label& other) { return std::abs(other.at - middle) < apart; };
    if (chart.pointers.size() < 6 && std::ranges::none_of(chart.pointers, is_near))
      chart.pointers.push_back({middle, "waits " + time_text(wait.first / 1e6)});
  }
}

void synchronous(chart& chart, const recording& run)
{
  chart.title = fmt::format("Figure 1. {}: one task after another", run.model);
  chart.caption =
    "One after another: while a task waits, everything waits. The wall clock is the sum.";
  auto& bars = chart.columns.emplace_back(column{"one thread", {}}).bars;
  for (std::uint32_t task = 0; task < run.tasks.size(); ++task)
    if (run.tasks[task].start)
      bars.push_back(whole_task(run, task));
  std::ranges::sort(bars, {}, &slice::start);
  chart.notes = {"Nothing else runs until a task ends."};
}

void threaded(chart& chart, const recording& run)
{
  constexpr std::size_t most_columns = 12;
  const bool in_processes = run.model == "processes";
  const std::string one = in_processes ? "process" : "thread";
  const std::string many = in_processes ? "processes" : "threads";
  chart.title = fmt::format("Figure 2. {}: several {} at once", run.model, many);
  chart.caption =
    fmt::format("All at once, each in a {} of its own. The wall clock is the longest.", one);
  // Of a task and a thread that worked for it.
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const auto& slice : run.slices)
    pairs.emplace(slice.task, slice.thread);
  const bool a_task_each = pairs.size() == run.threads;
  const std::vector by_task(pairs.begin(), pairs.end());
  for (const auto place : evenly_spread(run.threads, most_columns))
  {
    const auto heading = fmt::format("{} {}", one, place + 1);
    chart.columns.push_back(a_task_each ? column{heading, {whole_task(run, by_task[place].first)}}
                                        : thread_column(run, place, heading));
  }
  chart.notes = {fmt::format("A column is a {}. The operating system decides who runs.", one)};
  if (chart.columns.size() < run.threads)
    chart.notes.push_back(fmt::format(
      "{} of {} {} are shown, evenly chosen.", chart.columns.size(), run.threads, many));
}

std::string title_of_figure_3(const recording& run)
{
  return fmt::format("Figure 3. {}: one thread, {}", run.model,
    is_interleaved(run)         ? "tasks interleaved"
    : run.tasks.size() == 1     ? "one task"
    : is_one_after_another(run) ? "one task after another"
                                : "tasks started together, read one by one");
}

/// Each slice is one step long, and a thin grey bar stands where no task could go on for a while.
void in_order(chart& chart, const recording& run)
{
  constexpr std::size_t most_steps = 24;
  constexpr microseconds noticeable = 1000;
  constexpr double wait_step = 0.4;
  chart.title = title_of_figure_3(run);
  chart.caption = fmt::format("One thread, in the order of events: a task {}.",
    is_interleaved(run) ? "runs until it gives up control, then another"
                        : "has the thread until it ends");
  auto& column = chart.columns.emplace_back(figure::column{"one thread", {}});
  chart.axis_labels.clear();
  double at = 0;
  const auto steps = std::min(run.slices.size(), most_steps);
  microseconds busy_until = 0;
  for (std::size_t i = 0; i < steps; ++i)
  {
    const auto& slice = run.slices[i];
    if (slice.start - busy_until >= noticeable)
      at += wait_step;
    column.bars.push_back({0, slice.task, at, 1, 0});
    if (i == 0 || (i + 1) % 8 == 0)
      chart.axis_labels.push_back({at + 0.5, fmt::format("{}.", i + 1)});
    at += 1;
    busy_until = slice.end();
  }
  chart.extent = column.ground = std::max(at, 1.0);
  chart.notes = {"A grey bar: no task could go on for 1 ms or more."};
  if (steps < run.slices.size())
    chart.notes.push_back(
      fmt::format("The first {} of {} are shown.", steps, count_text(run.slices.size(), "slice")));
}

void in_time(chart& chart, const recording& run)
{
  chart.title = title_of_figure_3(run);
  chart.caption = "In true time: what is not grey is all the work there was.";
  chart.columns = {thread_column(run, 0, "one thread")};
}

void waiting(chart& chart, const recording& run)
{
  chart.title = fmt::format("Figure 4. {}: where its time goes", run.model);
  chart.caption = "One after another, with the longest waits labelled.";
  chart.columns = {thread_column(run, 0, "one thread")};
  point_at_waits(chart, chart.columns.back());
  const auto works = time_in_slices(run);
  chart.notes = {
    fmt::format("Working {}, waiting {}: {} of the wall clock is grey.", time_text(works / 1e6),
      time_text((run.wall - works) / 1e6), share_text(share_of_waiting(run)))};
}

/// Figure 3 of one run beside figure 4 of another, in true time on one axis.
chart beside(const recording& asynchronous, const recording& blocking)
{
  auto chart = empty_chart("beside", scale::time, {asynchronous, blocking});
  // Without --work, the little that each needs to receive bytes is not worth a comparison.
  const bool worked = asynchronous.work > 0 && blocking.work > 0;
  chart.title =
    fmt::format("Figure 3 beside Figure 4: {}less waiting", worked ? "the same work, " : "");
  chart.caption =
    "Less waiting: what is grey for one task on the right is filled with others on the left.";
  for (const recording& run : chart.runs)
  {
    chart.columns.push_back(thread_column(run, 0, run.model));
    const auto works = time_in_slices(run);
    chart.notes.push_back(fmt::format("{}: {}waits {}.", run.model,
      worked ? fmt::format("works {}, ", time_text(works / 1e6)) : "",
      time_text((run.wall - works) / 1e6)));
  }
  return chart;
}

bool has_threads(const recording& run)
{
  return run.threads > 1;
}

bool is_event_loop(const recording& run)
{
  // A single task is interleaved with nothing: then the model decides.
  return run.threads == 1 &&
         (!is_one_after_another(run) || run.model == "async" || run.model == "coroutines");
}

/// One of the essay's figures, in one of its scales.
struct numbered_figure
{
  const char* name;
  figure::scale scale;
  const char* needs; // what it can show, in words
  bool (*can_show)(const recording& run);
  void (*fill)(chart& chart, const recording& run);
};

constexpr auto one_at_a_time = "one thread and no two tasks at once, such as blocking";
constexpr auto in_turn = "one thread and interleaved tasks, such as async";
constexpr numbered_figure numbered_figures[] = {
  {"1", scale::time, one_at_a_time, is_one_after_another, synchronous},
  {"2", scale::time, "several threads", has_threads, threaded},
  {"3", scale::order, in_turn, is_event_loop, in_order},
  {"3", scale::time, in_turn, is_event_loop, in_time},
  {"4", scale::time, one_at_a_time, is_one_after_another, waiting},
};

} // namespace

std::vector<std::string> figure_names()
{
  return {"1", "2", "3", "4", "beside", "lanes", "all"};
}

std::vector<drawing> draw_figures(const request& request, const std::vector<recording>& runs)
{
  const bool all = request.figure == "all";
  const auto wants = [&](std::string_view name) { return all || request.figure == name; };
  std::vector<drawing> drawings;
  std::string needs;
  if (runs.empty())
    return drawings;
  if (wants("lanes"))
    drawings.push_back(draw_lanes(runs, request.moving));
  recordings from_clients; // servers know nothing of threads
  std::ranges::remove_copy_if(runs, std::back_inserter(from_clients), &recording::seen_by_servers);
  for (const auto& figure : numbered_figures)
  {
    if (!wants(figure.name) || figure.scale != request.scale.value_or(figure.scale))
      continue;
    needs = figure.needs;
    for (const recording& run : from_clients)
    {
      if (!figure.can_show(run))
        continue;
      auto chart = empty_chart(figure.name, figure.scale, {run});
      figure.fill(chart, run);
      drawings.push_back(draw(chart));
      if (all)
        break;
    }
  }
  if (wants("beside"))
  {
    needs = "a blocking and one of an asynchronous client";
    const auto asynchronous = std::ranges::find_if(from_clients, is_interleaved);
    const auto blocking = std::ranges::find_if(from_clients, is_one_after_another);
    if (asynchronous != from_clients.end() && blocking != from_clients.end())
      drawings.push_back(draw(beside(*asynchronous, *blocking)));
  }
  if (drawings.empty())
  {
    std::vector<std::string> models(runs.size());
    std::ranges::transform(runs, models.begin(), &recording::model);
    throw std::runtime_error(fmt::format(
      "figure {} needs a run of {}; given: {}", request.figure, needs, fmt::join(models, ", ")));
  }
  return drawings;
}

} // namespace poetry::figure
