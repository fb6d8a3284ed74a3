#include "client/wait/connection_loop.hpp"

#include <algorithm>
#include <asio/post.hpp>

namespace poetry {
connection_loop::connection_loop(poetry::run& run, std::span<incoming_poem> poems)
  : loop_downloads(run, poems),
    context_(1), // one thread: Asio may leave out its locks
    connections_(context_)
{
  connections_.watch(run.stop_descriptor(),
    [this] { for_each_open([](const incoming_poem&, connection& socket) { socket.close(); }); });
}

void connection_loop::run()
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

} // namespace poetry
