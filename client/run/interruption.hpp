#pragma once

namespace poetry {

/// SIGHUP, SIGINT, SIGQUIT and SIGTERM as a descriptor that becomes readable, which both `poll` and
/// an event loop can wait for. One for the whole program; children inherit it. Those that are
/// ignored (see `catch_signal`) stay ignored.
class interruption
{
public:
  /// From here on these signals end the program at once, with their exit code.
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  /// From here on the first signal only makes `descriptor` readable; a second one ends the program.
  void defer();

  /// From here on `step`, which must be async-signal-safe, is called before a signal ends the
  /// program at once; nothing for null.
  static void before_exit(void (*step)());

  /// The signal that came, or 0.
  int signal() const;
  /// Readable once a signal has come; never read from.
  int descriptor() const;
};

} // namespace poetry
