#pragma once

#include "common/duration.hpp"

namespace poetry {

// Measures how long the process is stopped by Ctrl-Z or SIGSTOP. A SIGSTOP gives no notice: then
// the time since the last activity is the upper bound.

/// From here on stops are measured.
void measure_stops();

/// The time of all stops so far, and whether that is exact, not an upper bound.
struct stopped_time
{
  duration total;
  bool is_exact;
};
stopped_time time_stopped();

/// The process has done something at `now`. May be called from any thread.
void note_activity(time_point now);

/// Stops the process as SIGTSTP does by default, which does nothing where no shell could continue
/// it; `handler` then handles SIGTSTP again. To be called by that handler.
void stop_as_by_default(void (*handler)(int));

} // namespace poetry
