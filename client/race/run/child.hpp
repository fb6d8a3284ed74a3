#pragma once

#include "common/duration.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace poetry {
class interruption;
}

namespace poetry::race {

/// A signal asks this program to end: thrown through everything that has to be cleaned up.
struct interrupted : std::exception
{
};

/// The program of that name: beside this one, or on PATH. Throws `std::runtime_error` when there is
/// none.
std::filesystem::path find_program(const std::string& name);

/// From here on children are in the process group of `leader`: Ctrl-C does not reach them, Ctrl-Z
/// stops them with this program, and `fg` continues them. Every wait for a child ends by
/// `interrupted` when a signal asks this program to end.
void lead_children(pid_t leader, const interruption& interruption);

/// Grows with each stop, one by SIGSTOP included: what was measured meanwhile means nothing.
std::uint64_t stop_count();

/// A program to start in a process of its own.
struct program
{
  std::filesystem::path path;
  std::vector<std::string> command;
  /// What it has as stdin, stdout and stderr.
  std::array<int, 3> standard = {};
  /// What it gets when the process that started it has ended.
  int end_signal = SIGKILL;
};

/// Starts a program, with default signals, in the children's group or, without a leader, in one of
/// its own. Throws `std::system_error` when there can be no other process.
pid_t start_program(const program& program);

/// Waits for a process that was started: its exit code, or 128 + the signal that ended it.
int reap(pid_t process);

/// A program that was started by this one and never survives it: it is ended with this object, and
/// by the kernel when this program is killed.
class child
{
public:
  /// Starts a program that is found by its name. What it writes is kept. Throws
  /// `std::system_error` when it cannot be started.
  explicit child(const std::vector<std::string>& command);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

  /// Whether it has ended; waits for that, at most until `deadline`. Throws `interrupted`.
  bool ends_by(time_point deadline) const;
  /// An exit code, or 128 + the signal that ended it; waits for that.
  int end();
  void kill();
  /// Ends it by SIGTERM and waits for that, at most 10 s, so that it can write what it still has.
  /// Throws `interrupted`.
  void stop();
  /// All that it wrote to stdout so far.
  std::string output() const;
  /// All that it wrote to stderr so far.
  std::string errors() const;
  pid_t id() const { return pid_; }

protected:
  /// Starts it with an empty file as stdin, which it may write to, and ends it by its `end_signal`.
  explicit child(program program);
  int report() const { return program_.standard[0]; }

private:
  program program_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<int> end_;
};

} // namespace poetry::race
