// The asynchronous model, Figure 3, told as a coroutine: the blocking download, line for line, with
// `co_await` where that one blocks. There the coroutine gives up control, and the loop lets another
// one go on until this one's wait is over. (mixed.cpp has the same on Asio's own sockets.)

#include "client/models.hpp"

#include "client/event_loop.hpp"
#include "client/incoming_poem.hpp"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

using asio::awaitable;

namespace poetry {
namespace {

awaitable<void> download_poem(incoming_poem& poem, event_loop& loop)
{
  connection socket(loop.connections());
  loop.watch(poem, socket);
  std::error_code error = poem.started();
  auto or_error = asio::redirect_error(asio::use_awaitable, error);
  if (!error)
    co_await socket.async_connect(poem.endpoints(), or_error);
  if (!error)
    poem.connected();
  while (!error)
    poem.received(co_await socket.async_read_some(poem.space(), or_error), error);
  poem.finished(error);
}

} // namespace

void fetch_coroutines(run& run, std::span<incoming_poem> poems)
{
  event_loop loop(run, poems);
  for (incoming_poem& poem : poems)
    asio::co_spawn(loop.context(), download_poem(poem, loop), rethrow);
  loop.run();
}

} // namespace poetry
