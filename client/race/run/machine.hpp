#pragma once

#include "client/race/plan/setting.hpp"

#include <limits>
#include <string>
#include <sys/types.h>

namespace poetry::race {

/// How many cores this process may use.
unsigned cores_here();

/// How many cores' worth of time so many busy threads get, measured for a tenth of a second: as
/// many as there are threads on an idle machine, less where others compute or cores are few.
double effective_cores(unsigned threads);

/// What the kernel has counted so far, of all cores together.
struct machine_time
{
  /// In which something ran, or the host of a virtual machine ran something else.
  duration busy{};
  /// In which the host ran something else.
  duration stolen{};
  /// In which some thread was ready and waited for a core.
  duration pressure{};

  machine_time operator-(const machine_time& other) const
  {
    return {busy - other.busy, stolen - other.stolen, pressure - other.pressure};
  }
};
machine_time machine_time_now();

/// What the kernel has counted of a process's main thread; of one that has ended, until it is
/// waited for.
struct thread_time
{
  duration ran{};
  /// Ready, and without a core.
  duration waited{};
  /// How often it got one.
  std::int64_t turns = 0;

  thread_time operator+(const thread_time& other) const
  {
    return {ran + other.ran, waited + other.waited, turns + other.turns};
  }
  thread_time operator-(const thread_time& other) const
  {
    return {ran - other.ran, waited - other.waited, turns - other.turns};
  }
};
thread_time thread_time_of(pid_t process);

/// What was counted during a run.
struct run_times
{
  machine_time machine;
  /// Of the client's processes, all their threads and those that have ended included.
  duration client_cpu{};
  /// Of the main threads only: how long other threads waited is unknown once they have ended.
  thread_time client;
  thread_time servers;
  /// The cores that the client should keep busy at a time.
  unsigned cores = 1;
  /// How many times to wait for a core can prolong the run, one after another. A client that only
  /// reads small poems is delayed where it connects and where a poem ends: what it reads late in
  /// between, its servers have sent on time.
  double turns = std::numeric_limits<double>::infinity();
};

/// The most by which others on the machine can have delayed the run: no more than its own processes
/// waited for a core, and no more than the others had of those cores.
duration longest_delay(const run_times& times);

/// What this machine may hold now. Of a port it is the connections that may wait there: a client
/// that finds no room is turned away, and tries again after seconds.
machine_limits limits_here();

/// How many more connections a firewall can track: it drops others. It tracks those of the loopback
/// interface, too, or none.
std::uint64_t trackable_connections();

/// An error's text and, when it is about a limit, that limit's value and what raises it.
std::string with_limit(const std::string& error);

} // namespace poetry::race
