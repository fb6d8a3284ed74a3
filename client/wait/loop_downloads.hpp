#pragma once

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"

#include <algorithm>
#include <poll.h>
#include <span>
#include <vector>

namespace poetry {

/// Whether something has happened to a download's socket that its loop has not handled yet: then
/// the loop was busy, or the program was stopped, and the server is not late.
inline bool has_news(const download& download, int socket)
{
  pollfd news = {.fd = socket, .events = POLLIN, .revents = 0};
  if (download.seen_status() == download_status::connecting)
    news.events = POLLOUT;
  return ::poll(&news, 1, 0) > 0;
}

/// What event loops have in common: which of their downloads have ended, and which have waited too
/// long. One sweep over all of them finds that out: no timer for each, and no timeout in a model.
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
    run_.run_ticks_elsewhere(true);
  }
  ~loop_downloads() { run_.run_ticks_elsewhere(false); }
  loop_downloads(const loop_downloads&) = delete;
  loop_downloads& operator=(const loop_downloads&) = delete;

  Socket& socket_of(const incoming_poem& poem) const
  {
    return *sockets_[static_cast<std::size_t>(&poem - poems_.data())];
  }

  bool all_ended() const { return run_.counts().ended >= ended_at_end_; }

  /// Calls `visit(poem, socket)` for every download that has not ended.
  template <class Visit>
  void for_each_open(Visit visit)
  {
    for (std::size_t i = 0; i < poems_.size(); ++i)
    {
      if (!poems_[i].ended())
        visit(poems_[i], *sockets_[i]);
    }
  }

  /// Calls `close(poem, socket)` for every download whose deadline has passed. Returns when to look
  /// again.
  template <class Close>
  time_point close_overdue(Close close)
  {
    const auto now = clock::now();
    // A deadline that is set after this sweep lies at least this far ahead.
    const auto& options = run_.options();
    auto next =
      std::min(now + std::min(options.connect_timeout, options.idle_timeout), run_.deadline());
    for_each_open([&](const incoming_poem& poem, Socket& socket) {
      const auto deadline = poem.deadline();
      if (deadline <= now)
        close(poem, socket);
      // If it is overdue, look again at once: closed or not, its handler is about to run.
      next = std::min(next, deadline);
    });
    return next;
  }

  poetry::run& run_;

private:
  std::span<incoming_poem> poems_;
  std::vector<Socket*> sockets_; ///< of `poems_`, in their order
  std::size_t ended_at_end_;
};

} // namespace poetry
