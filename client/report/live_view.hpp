#pragma once

namespace poetry {

class run;

/// Shows the run on stderr while it runs. A child process draws, so that the run never waits for a
/// terminal, and has only the threads of its model. When the run is killed, the child restores the
/// terminal. One for the whole program.
class live_view
{
public:
  /// Starts showing `run`, which has begun; call it before there are threads or an event loop. On a
  /// terminal the lanes are redrawn, elsewhere there is a plain line every second.
  explicit live_view(const run& run);
  /// Shows how it ended, and gives the terminal back, even if the child was killed.
  ~live_view();
  live_view(const live_view&) = delete;
  live_view& operator=(const live_view&) = delete;
};

} // namespace poetry
