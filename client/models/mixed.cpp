// Models mix: one event loop, as in Figure 3, run by K threads, as in Figure 2. A free thread takes
// whatever is ready next, so handlers run in parallel; a strand for each download keeps those of
// one download, and the sweep that may end it, from running at the same time.

#include "client/models.hpp"

#include "client/connect_to_any.hpp"
#include "client/event_loop.hpp"
#include "client/incoming_poem.hpp"
#include "client/run.hpp"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
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
  std::error_code error = poem.started();
  auto or_error = asio::redirect_error(asio::use_awaitable, error);
  if (!error)
    co_await async_connect_to_any(socket, poem.endpoints(), or_error);
  if (!error)
    poem.connected();
  while (!error)
  {
    // The bytes are read into the buffer of whichever thread goes on with the download.
    co_await socket.async_wait(tcp::socket::wait_read, or_error);
    if (!error)
      poem.received(socket.read_some(poem.space(), error), error);
    // Another thread may have waited for the bytes that this one has read already.
    if (error == asio::error::would_block)
      error.clear();
  }
  poem.finished(error);
  socket.close(error);
}

} // namespace

void fetch_mixed(run& run, std::span<incoming_poem> poems)
{
  event_loop loop(run, poems);
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
      threads.push_back(std::async(std::launch::async, [&loop] { loop.run_in_asio(); }));
  }
  catch (const std::system_error&)
  {
    // The system has no more threads for us: fewer do the same work.
  }
  loop.run_in_asio();
  for (auto& thread : threads)
    thread.get();
}

} // namespace poetry
