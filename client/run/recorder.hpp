#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace poetry {

/// A time in which a thread worked for a download: `bytes` had arrived at its start.
struct slice
{
  time_point start;
  duration length;
  std::uint32_t task;
  std::uint32_t bytes;
};

/// Collects the slices of a run, 24 bytes of memory each and no I/O. Each thread writes to a log of
/// its own, so recording needs no lock but the one that a thread takes once, for its first slice.
class recorder
{
public:
  /// The slices of one thread, in the order of time.
  struct thread_log
  {
    /// 0 for this process, n for its n-th child.
    std::uint32_t child = 0;
    std::deque<slice> slices;
  };

  void add(const slice& slice) { log_of_this_thread().slices.push_back(slice); }
  /// Adds what a child process has recorded.
  void add_child(std::uint32_t child, const std::vector<slice>& slices)
  {
    const std::scoped_lock lock(mutex_);
    logs_.push_back({child, {slices.begin(), slices.end()}});
  }

  /// To be called when no thread records any more.
  const std::deque<thread_log>& logs() const { return logs_; }

private:
  thread_log& log_of_this_thread()
  {
    thread_local const recorder* owner = nullptr;
    thread_local thread_log* log = nullptr;
    if (owner != this)
    {
      const std::scoped_lock lock(mutex_);
      log = &logs_.emplace_back();
      owner = this;
    }
    return *log;
  }

  std::mutex mutex_;
  std::deque<thread_log> logs_;
};

} // namespace poetry
