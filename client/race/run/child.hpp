#pragma once

#include "common/duration.hpp"

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

/// A file without a name: unlike a pipe it never fills up, so nobody has to empty it while a
/// program runs.
int open_nameless_file();

/// The exit code in what `wait` tells, or 128 + the signal.
int exit_status(int status);

/// A program that was started by this one and never survives it: it is killed, with its process
/// group, when this object ends, and by the kernel when this program is killed itself.
class child
{
public:
  /// Starts a program with as many open files as the system lets it have. What it writes is kept.
  /// Throws `std::system_error` when it cannot be started.
  explicit child(const std::vector<std::string>& command);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

  /// Whether it has ended; waits for that, at most until `deadline`. Throws `interrupted` when a
  /// signal asks this program to end.
  bool ends_by(time_point deadline, const interruption& interruption) const;
  /// An exit code, or 128 + the signal that ended it; waits for that.
  int end();
  void kill();
  /// Ends it by SIGTERM and waits for that, at most 10 s, so that it can write what it still has.
  void stop(const interruption& interruption);
  /// All that it wrote to stdout so far.
  std::string output() const;
  /// All that it wrote to stderr so far, and the first line of that.
  std::string errors() const;
  std::string complaint() const { return errors().substr(0, errors().find('\n')); }
  pid_t id() const { return pid_; }

protected:
  /// Starts a program as it is, and gives it a `report` to write as its stdin. SIGTERM ends it
  /// instead of SIGKILL.
  child(const std::filesystem::path& program, const std::vector<std::string>& command, int report);
  int report() const { return report_; }

private:
  int report_ = -1;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int output_ = -1;
  int complaint_ = -1;
  std::optional<int> end_;
};

} // namespace poetry::race
