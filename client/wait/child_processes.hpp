#pragma once

#include <functional>
#include <sys/types.h>
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
  ~child_processes();
  child_processes(const child_processes&) = delete;
  child_processes& operator=(const child_processes&) = delete;

  /// Forks a child that runs `download`, hands over what `poem` has kept, and ends. A child that
  /// cannot be started fails the poem's download.
  void start(incoming_poem& poem, const std::function<void()>& download);

  /// Returns when all children have ended; a poem whose child died before its download ended has
  /// failed.
  void wait();

private:
  struct child
  {
    incoming_poem* poem;
    int kept;
  };

  void reap();

  poetry::run& run_;
  std::unordered_map<pid_t, child> children_;
};

} // namespace poetry
