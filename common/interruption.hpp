#pragma once

#include "common/duration.hpp"

namespace poetry {

/// SIGHUP, SIGINT, SIGQUIT and SIGTERM as a descriptor that becomes readable, which both `poll` and
/// an event loop can wait for. Signals that are ignored (see `catch_signal`) stay ignored. One for
/// the whole program; children inherit it.
class interruption
{
public:
  /// From here on these signals end the program at once, with their exit code.
  interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  /// From here on the first signal only makes `descriptor` readable; a second one ends the program.
  void defer();

  /// Sets what is called before a signal ends the program at once; it must be async-signal-safe.
  /// Null means nothing.
  static void before_exit(void (*step)());

  /// The signal that came, or 0.
  int signal() const;
  /// Readable once a signal has come, or after `wake`; never read from.
  int descriptor() const;
  /// Makes the descriptor readable or, to an edge-triggered epoll set, readable again.
  /// Returns false when it cannot. Async-signal-safe.
  static bool wake();
};

/// From here on measures how long the process is stopped by Ctrl-Z or SIGSTOP.
void measure_stops();

/// The time of all stops so far, at most: SIGSTOP cannot be caught, so each counts from the last
/// activity before it.
duration time_stopped();

/// The process has done something at `now`. May be called from any thread.
void note_activity(time_point now);

/// Stops the process as SIGTSTP does by default (not at all where no shell could continue it). Then
/// `handler` handles SIGTSTP again, which is the handler that calls this.
void stop_as_by_default(void (*handler)(int));

} // namespace poetry
