#pragma once

#include <cstdint>
#include <sys/types.h>

namespace poetry::race {

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
  /// From here on `child` and its group are stopped, too; until `forget`.
  static void include(pid_t child);
  static void forget(pid_t child);
};

} // namespace poetry::race
