#pragma once

#include "common/duration.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace poetry {

/// Writes lines in a thread of its own, so that an event loop never waits for a stopped terminal, a
/// pipe that nobody reads, or a slow disk. (O_NONBLOCK would not help: it belongs to the open file,
/// which the shell shares, and regular files ignore it.)
class background_output
{
public:
  using write_function = std::function<void(std::string_view line)>;

  /// `write` may block; up to `limit` bytes of lines may wait for it.
  background_output(write_function write, std::size_t limit);
  /// Returns when all is written, or when nothing was written for `patience`.
  ~background_output();
  background_output(const background_output&) = delete;
  background_output& operator=(const background_output&) = delete;

  /// Never blocks. Returns false when the line is dropped: there is no room for it, or the system
  /// has no thread to write it.
  bool add(std::string line);
  /// Whether a line of up to 512 bytes would be kept: one that is dropped need not be made first.
  bool has_room() const;

  static constexpr duration patience = std::chrono::seconds(1);

private:
  struct queue
  {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> lines; ///< the first one while it is being written, too
    std::size_t bytes = 0;         ///< of those that wait
    bool ended = false;
  };
  static void write_lines(const std::shared_ptr<queue>& queue, const write_function& write);

  write_function write_;
  std::size_t limit_;
  std::shared_ptr<queue> queue_; ///< shared with a thread that may never return from `write`
  std::thread thread_;           ///< begins with the first line
};

} // namespace poetry
