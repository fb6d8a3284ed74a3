#pragma once

#include "common/duration.hpp"

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

/// How a child ended, and what it cost according to the kernel, its own children included.
struct child_end
{
  /// An exit code, or 128 + the signal that ended it.
  int status = 0;
  duration cpu{};
  std::uint64_t switches = 0;
};

/// A program that was started by this one and never survives it: it is killed, with its process
/// group, when this object ends, and by the kernel when this program is killed itself.
class child
{
public:
  /// Starts a program on the first `cores` of the available cores, or on all of them for 0. What it
  /// writes is kept. Throws `std::system_error` when it cannot be started.
  explicit child(const std::vector<std::string>& command, std::uint64_t cores = 0);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

  /// Whether it has ended; waits for that, at most until `deadline`. Throws `interrupted` when a
  /// signal asks this program to end.
  bool ends_by(time_point deadline, const interruption& interruption) const;
  /// How it ended; waits for that.
  const child_end& end();
  void kill();
  /// All that it wrote to stdout so far.
  std::string output() const;
  /// The first line that it wrote to stderr.
  std::string complaint() const;
  time_point started() const { return started_; }

private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int output_ = -1;
  int complaint_ = -1;
  time_point started_;
  std::optional<child_end> end_;
};

} // namespace poetry::race
