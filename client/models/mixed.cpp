// Models mix: one event loop, as in Figure 3, run by K threads, as in Figure 2. A free thread takes
// whatever is ready next, so handlers run in parallel; a strand for each download keeps those of
// one download, and the sweep that may end it, from running at the same time.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"
#include "client/wait/asio_loop.hpp"

#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/redirect_error.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>
#include <deque>
#include <future>
#include <vector>

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

void fetch_mixed(run& run, std::span<incoming_poem> poems)
{
  asio_loop loop(run, poems);
  std::deque<tcp::socket> sockets;
  for (incoming_poem& poem : poems)
  {
    tcp::socket& socket = sockets.emplace_back(asio::make_strand(loop.context()));
    loop.watch(poem, socket);
    asio::co_spawn(socket.get_executor(), download_poem(poem, socket), rethrow);
  }

  std::vector<std::future<void>> threads;
  try
  {
    while (threads.size() + 1 < run.options().threads)
      threads.push_back(std::async(std::launch::async, [&loop] { loop.run(); }));
  }
  catch (const std::exception&)
  {
    // The system has no more threads, or memory, for us: fewer threads do the same work.
  }
  loop.run();
  for (auto& thread : threads)
    thread.get();
}

} // namespace poetry
