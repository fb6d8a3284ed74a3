#pragma once

#include "client/wait/connection.hpp"
#include "client/wait/loop_downloads.hpp"

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
    connections_.watch(run.stop_descriptor(), [this] { sweep(); });
  }

  connection_set& connections() { return connections_; }

  /// Runs handlers until all poems have ended.
  void run()
  {
    for (;;)
    {
      context_.restart();
      context_.poll();
      if (all_ended())
        return;
      // Waits in a handler of the context, so that handlers whose executor is the context's run at
      // once (see asio::dispatch).
      asio::post(context_, [this, deadline = do_what_is_due()] {
        if (!all_ended())
          connections_.wait_until(deadline);
      });
    }
  }

private:
  void end_wait(const incoming_poem& poem, connection& socket) override
  {
    if (must_end(poem, socket))
      socket.close();
  }

  asio::io_context context_{1}; // one thread: Asio may leave out its locks
  connection_set connections_{context_};
};

} // namespace poetry
