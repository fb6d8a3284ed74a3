// The asynchronous model, Figure 3, as a coroutine: the blocking download, line for line, with
// `co_await` where that one blocks. There the coroutine gives up control, and the loop lets another
// one go on until this one's wait is over. Its buffer is its own: Asio reads before it calls.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/asio_loop.hpp"

#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <deque>

using asio::awaitable;
using asio::ip::tcp;

namespace poetry {
namespace {

awaitable<void> download_poem(incoming_poem& poem, tcp::socket& socket)
{
  std::array<char, 4096> buffer;
  std::error_code error = poem.started();
  auto or_error = asio::redirect_error(asio::use_awaitable, error);
  if (!error)
    co_await asio::async_connect(socket, poem.endpoints(), or_error);
  if (!error)
    error = poem.connected(socket.native_handle());
  while (!error)
    poem.received(buffer, co_await socket.async_read_some(asio::buffer(buffer), or_error), error);
  poem.finished(error);
  socket.close(error);
}

} // namespace

void fetch_coroutines(run& run, std::span<incoming_poem> poems)
{
  asio_loop loop(run, poems);
  std::deque<tcp::socket> sockets;
  for (incoming_poem& poem : poems)
  {
    tcp::socket& socket = sockets.emplace_back(loop.context());
    loop.watch(poem, socket);
    asio::co_spawn(socket.get_executor(), download_poem(poem, socket), rethrow);
  }
  loop.run();
}

} // namespace poetry
