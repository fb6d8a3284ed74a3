#pragma once

#include "client/wait/connection.hpp"
#include "client/wait/loop_downloads.hpp"

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <span>

namespace poetry {

/// The event loop of the lean connections: Asio runs the handlers, in one thread, and one epoll set
/// waits. It ends downloads that have waited too long.
class connection_loop : public loop_downloads<connection>
{
public:
  /// Throws `std::system_error` when the system has no descriptor left for it.
  connection_loop(poetry::run& run, std::span<incoming_poem> poems) : loop_downloads(run, poems)
  {
    connections_.watch(run.stop_descriptor(),
      [this] { for_each_open([](const incoming_poem&, connection& socket) { socket.close(); }); });
  }

  connection_set& connections() { return connections_; }

  /// Runs handlers until all poems have ended.
  void run()
  {
    for (auto next_sweep = time_point::min();;)
    {
      context_.restart();
      context_.poll();
      if (all_ended())
        return;
      const auto now = clock::now();
      run_.run_ticks(now);
      if (next_sweep <= now)
        next_sweep = close_overdue([&](const incoming_poem& poem, connection& socket) {
          if (run_.stop_reason() || !has_news(poem.record(), socket.native_handle()))
            socket.close();
        });
      // Waits in a handler of the context, so that handlers whose executor is the context's run at
      // once (see asio::dispatch).
      asio::post(context_, [this, deadline = std::min(next_sweep, run_.next_tick())] {
        connections_.wait_until(deadline);
      });
    }
  }

private:
  asio::io_context context_{1}; // one thread: Asio may leave out its locks
  connection_set connections_{context_};
};

} // namespace poetry
