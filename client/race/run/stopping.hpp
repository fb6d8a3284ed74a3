#pragma once

#include <csignal>
#include <cstdint>

namespace poetry::race {

/// While an object lives, signals wait.
class signals_blocked
{
public:
  signals_blocked();
  ~signals_blocked();
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

private:
  sigset_t before_;
};

/// Ctrl-Z stops the children as well, which are in process groups of their own, and `fg` continues
/// them. One object for the whole program.
class stopping
{
public:
  stopping();
  ~stopping();
  stopping(const stopping&) = delete;
  stopping& operator=(const stopping&) = delete;

  /// Grows with each stop, one by SIGSTOP included: what was measured meanwhile means nothing.
  static std::uint64_t count();
  /// From here on `child` and its group are stopped, too, until `forget`; both while signals are
  /// blocked.
  static void include(pid_t child);
  static void forget(pid_t child);
};

} // namespace poetry::race
