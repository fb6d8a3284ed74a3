#pragma once

#include "common/duration.hpp"

namespace poetry {

/// Measures how long the process is stopped by Ctrl-Z or SIGSTOP while an object lives; one for the
/// whole program. A SIGSTOP gives no notice: then the time since the last activity is the upper
/// bound.
class stops
{
public:
  stops();
  ~stops();
  stops(const stops&) = delete;
  stops& operator=(const stops&) = delete;

  /// The time of all stops so far.
  duration total() const;
  /// Whether `total` is exact, and not an upper bound.
  bool are_exact() const;

  /// The process has done something at `now`. May be called from any thread.
  static void note_activity(time_point now);
};

/// Stops the process as SIGTSTP does by default, which does nothing where no shell could continue
/// it; `handler` then handles SIGTSTP again. To be called by that handler.
void stop_as_by_default(void (*handler)(int));

} // namespace poetry
