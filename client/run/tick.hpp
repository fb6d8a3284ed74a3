#pragma once

#include "common/duration.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace poetry {

/// A periodic tick, as a user interface would need it: it measures how responsive a model leaves
/// its thread. Every tick that falls due is recorded with its lateness, even if it runs much later.
class tick
{
public:
  /// The ticks so far, for other processes.
  struct summary
  {
    std::atomic<duration::rep> count = 0;
    std::atomic<duration> last = duration{};
    std::atomic<duration> worst = duration{};
  };
  static_assert(std::atomic<duration>::is_always_lock_free, "locks do not reach other processes");

  tick(duration interval, time_point began, summary& shared)
    : interval_(interval), began_(began), shared_(shared)
  {
  }

  duration interval() const { return interval_; }
  /// When the next tick is due: a whole number of intervals after the run began.
  time_point due() const
  {
    return began_ + interval_ * static_cast<duration::rep>(late_.size() + 1);
  }
  /// Runs every tick that is due by `now`.
  void catch_up(time_point now)
  {
    while (due() <= now)
    {
      const duration late = now - due();
      late_.push_back(late);
      shared_.last = late;
      shared_.worst = std::max(shared_.worst.load(), late);
      ++shared_.count;
    }
  }
  /// The lateness of each tick so far, in the order they were due.
  const std::vector<duration>& lateness() const { return late_; }

private:
  duration interval_;
  time_point began_;
  std::vector<duration> late_;
  summary& shared_;
};

} // namespace poetry
