#pragma once

#include "client/race/run/child.hpp"
#include "client/race/run/machine.hpp"

#include <string_view>

namespace poetry::race {

/// How a client ended, and what it cost according to the kernel, all its children included.
struct client_end
{
  /// An exit code, or 128 + the signal that ended it.
  int status = 0;
  /// From just before its exec to its exit.
  time_point began;
  time_point ended;
  duration cpu{};
  std::uint64_t switches = 0;
  /// Peak resident memory of the largest of its processes.
  std::uint64_t rss = 0;
  /// Of its main thread.
  thread_time time;
};

/// A client under a supervisor of its own: a process of this program that measures it and, when the
/// client has ended or is to end, kills all descendants that are left, also in other sessions.
/// The kernel's peak of a process survives exec: the client's is not the race's, for the supervisor
/// that it is forked from is small.
class client_process : public child
{
public:
  /// Starts a program on the first `cores` of the available cores, or on all of them for 0. An own
  /// program has the user's limit on open files; only the last of what it writes is kept, as its
  /// `errors`.
  client_process(const std::vector<std::string>& command, bool is_own, std::uint64_t cores);

  /// How it ended; waits for that.
  client_end result();
};

/// The first argument of a supervisor's command, where others have the program's name.
constexpr std::string_view supervisor_name = "poetry-race-supervisor";
/// Runs a supervisor; returns its exit code. Throws `std::system_error` when it cannot start the
/// client.
int supervise(char** argv);

} // namespace poetry::race
