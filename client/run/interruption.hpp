#pragma once

namespace poetry {

/// SIGINT and SIGTERM as a descriptor that becomes readable, which both `poll` and an event loop
/// can wait for. One for the whole program; children inherit it.
class interruption
{
public:
  /// From here on SIGINT and SIGTERM end the program at once, with their exit code.
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  /// From here on the first signal only makes `descriptor` readable; a second one ends the program.
  void defer();

  /// The signal that came, or 0.
  int signal() const;
  /// Readable once a signal has come; never read from.
  int descriptor() const;
};

} // namespace poetry
