#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <sys/types.h>
#include <system_error>
#include <unordered_map>

namespace poetry {

class run;
class incoming_poem;

/// The children of the `processes` model. Use it before the process has a second thread or an event
/// loop: neither survives a fork.
class child_processes
{
public:
  explicit child_processes(poetry::run& run);
  /// Kills the children that have not ended.
  ~child_processes();
  child_processes(const child_processes&) = delete;
  child_processes& operator=(const child_processes&) = delete;

  /// Forks a child that runs `download` and sends what `poem` has kept. An exception in it, or a
  /// child that cannot be started, fails the download.
  void start(incoming_poem& poem, const std::function<void()>& download);

  /// Returns when all children have ended; a poem whose child died before its download ended has
  /// failed.
  void wait();

private:
  struct sender
  {
    incoming_poem* poem;
    int pipe; ///< from it, or -1
    std::string sent{};
    std::error_code error{};
  };

  [[noreturn]] void be_child(
    incoming_poem& poem, const std::function<void()>& download, int pipe, pid_t parent) noexcept;
  void reap();

  poetry::run& run_;
  std::unordered_map<pid_t, sender> children_;
  sigset_t while_waiting_; ///< the signals blocked meanwhile
};

} // namespace poetry
