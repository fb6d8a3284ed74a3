#pragma once

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"

#include <algorithm>
#include <poll.h>
#include <span>
#include <vector>

namespace poetry {

/// What event loops have in common: which of their downloads have ended, and which must end. One
/// sweep over all of them finds that out: no timer for each, and no timeout in a model.
template <class Socket>
class loop_downloads
{
public:
  /// `socket` is closed, where its handlers run, when `poem` is overdue or the run must stop.
  void watch(const incoming_poem& poem, Socket& socket)
  {
    sockets_[static_cast<std::size_t>(&poem - poems_.data())] = &socket;
  }

protected:
  loop_downloads(poetry::run& run, std::span<incoming_poem> poems)
    : run_(run),
      poems_(poems),
      sockets_(poems.size()),
      ended_at_end_(run.counts().ended + poems.size())
  {
    run_.run_ticks_elsewhere();
  }
  loop_downloads(const loop_downloads&) = delete;
  loop_downloads& operator=(const loop_downloads&) = delete;

  bool all_ended() const { return run_.counts().ended >= ended_at_end_; }

  /// Ends the wait of a download that `must_end`, where its handlers run.
  virtual void end_wait(const incoming_poem& poem, Socket& socket) = 0;

  /// Whether the download must end now: the run must stop, or its server is late. It is not if
  /// something has happened to the socket that the loop has not handled yet: then the loop was
  /// busy, or the program was stopped.
  bool must_end(const incoming_poem& poem, Socket& socket) const
  {
    if (poem.ended())
      return false;
    if (run_.stop_reason())
      return true;
    const bool connects = poem.record().status == download_status::connecting;
    pollfd news = {.fd = socket.native_handle(),
      .events = static_cast<short>(connects ? POLLOUT : POLLIN),
      .revents = 0};
    return poem.deadline() <= clock::now() && ::poll(&news, 1, 0) <= 0;
  }

  /// Ends the waits of all downloads that must end. Returns when to look again.
  time_point sweep()
  {
    const auto now = clock::now();
    const bool must_stop = bool(run_.stop_reason());
    // A deadline that is set after this sweep lies at least this far ahead.
    const auto& options = run_.options();
    auto next = now + std::min(options.connect_timeout, options.idle_timeout);
    for (std::size_t i = 0; i < poems_.size(); ++i)
    {
      if (poems_[i].ended())
        continue;
      const auto deadline = poems_[i].deadline();
      if (must_stop || deadline <= now)
        end_wait(poems_[i], *sockets_[i]);
      // One that is overdue is looked at again soon: its handler is about to run.
      next = std::min(next, std::max(deadline, now + std::chrono::milliseconds(10)));
    }
    return next;
  }

  /// Runs the ticks that are due, and sweeps when it is time. Returns when to call it again.
  time_point do_what_is_due()
  {
    const auto now = clock::now();
    run_.run_ticks(now);
    if (next_sweep_ <= now)
      next_sweep_ = sweep();
    return std::min(next_sweep_, run_.next_tick());
  }

  poetry::run& run_;

private:
  std::span<incoming_poem> poems_;
  std::vector<Socket*> sockets_; ///< of `poems_`, in their order
  std::size_t ended_at_end_;
  time_point next_sweep_ = time_point::min();
};

} // namespace poetry
