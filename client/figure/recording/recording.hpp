#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// A duration, or a time since the start of the run.
using microseconds = double;

/// A time in which a thread worked for a task. The bytes had arrived when it started.
struct slice
{
  std::uint32_t thread; // below recording::threads
  std::uint32_t task;   // index into recording::tasks
  microseconds start;
  microseconds length;
  std::uint64_t bytes;

  microseconds end() const { return start + length; }
};

/// One download, from connect to end.
struct task
{
  std::string server;
  std::string status; // complete, failed or cancelled
  std::string error;
  std::optional<microseconds> start; // unset when the run ended before the task started
  std::optional<microseconds> end;   // set when `start` is
  std::string poem;                  // the bytes that arrived, not necessarily UTF-8
};

/// One expiry of the client's periodic timer.
struct tick
{
  microseconds at;
  microseconds late;
};

/// A tick is drawn in red when it is later than this.
constexpr microseconds too_late = 10e3;

/// One run, as its client recorded it.
struct recording
{
  std::string model;
  std::string command;
  std::string host;
  std::string date;
  microseconds wall = 0;
  microseconds cpu = 0;
  microseconds sum_of_tasks = 0;
  microseconds work = 0;                 // CPU time spent for `--work`
  std::optional<microseconds> predicted; // the wall clock that was expected; no trace tells it
  std::size_t threads = 0;      // that worked for a task; of the model `processes`, children
  std::vector<task> tasks;      // by number, which is from 1
  std::vector<slice> slices;    // by start
  std::vector<tick> ticks;      // by time
  std::string result;           // the run's own summary, JSON
  bool seen_by_servers = false; // of a program that tells nothing: tasks are connections, slices
                                // what the servers sent
};

/// Recordings that are kept elsewhere.
using recordings = std::vector<std::reference_wrapper<const recording>>;

/// The end of a run: its wall clock, or the end of what was recorded after it.
microseconds extent_of(const recording& run);

/// The time that all threads together worked.
microseconds time_in_slices(const recording& run);

/// The share of its threads' time in which the program waited, from 0 to 1.
double share_of_waiting(const recording& run);

/// True when its only thread worked for a task, then for another, then for the first again.
bool is_interleaved(const recording& run);

/// True when its only thread started no task before the previous one had ended.
bool is_one_after_another(const recording& run);

} // namespace poetry::figure
