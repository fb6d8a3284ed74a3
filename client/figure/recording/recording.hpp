#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// A moment or a length of a run: microseconds, those of a moment since the start of the run.
using microseconds = double;

/// A thread of the recorded program; each child of a run in processes has one of its own.
struct track
{
  std::int64_t process;
  std::int64_t thread;
  std::string name;
};

/// A stretch of time in which a thread worked for a task. The bytes had arrived when it began.
struct slice
{
  std::uint32_t track; // index into recording::tracks
  std::uint32_t task;  // index into recording::tasks
  microseconds start;
  microseconds length;
  std::uint64_t bytes;

  microseconds end() const { return start + length; }
};

/// One download, from connect to end.
struct task
{
  std::uint64_t number; // as the client prints it, from 1
  std::string server;
  std::string status; // complete, failed or cancelled
  std::string error;
  std::optional<microseconds> start; // unset when the run ended before the task began
  std::optional<microseconds> end;
  std::string poem; // the bytes that arrived, not necessarily UTF-8
};

/// A firing of the client's periodic timer.
struct tick
{
  microseconds at;
  microseconds late;
};

/// A tick that is later than this is drawn as late.
constexpr microseconds too_late = 10e3;

/// What one client recorded of one run.
struct recording
{
  std::string model;
  std::string command;
  std::string host;
  std::string date;
  microseconds wall = 0;
  microseconds cpu = 0;
  microseconds sum_of_tasks = 0;
  microseconds longest_task = 0;
  microseconds work = 0; // CPU time burnt on purpose
  std::vector<track> tracks;
  std::vector<task> tasks;   // by number
  std::vector<slice> slices; // by start
  std::vector<tick> ticks;   // by time
  std::string result;        // the run's own summary, JSON
};

/// The end of the last thing in a run: its wall clock, or more where something took longer.
microseconds extent_of(const recording& run);

/// The time all threads together spent in slices.
microseconds time_in_slices(const recording& run);

/// The share of its threads' time in which the program waited, from 0 to 1.
double share_of_waiting(const recording& run);

/// True when one thread worked for a task, then for another, then for the first again.
bool is_interleaved(const recording& run);

/// True when one thread did all and no task began before the one before it had ended.
bool is_one_after_another(const recording& run);

} // namespace poetry::figure
