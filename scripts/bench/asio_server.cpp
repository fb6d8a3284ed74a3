// What a C++ programmer would write: plain Asio, a coroutine and a timer for each reader.
//
//     asio_server POEM_BYTES CHUNK_BYTES DELAY_US PORTS
//
// Prints its ports, one per line; on SIGUSR1 and SIGTERM its totals, as slowpoetry does.

#include "server/log.hpp"

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <csignal>
#include <cstdio>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

std::string poem;
std::size_t chunk_bytes;
poetry::duration delay;
poetry::totals totals;

awaitable<void> recite(tcp::socket socket)
{
  ++totals.readers;
  asio::steady_timer timer(socket.get_executor(), poetry::clock::now());
  for (std::size_t sent = 0; sent < poem.size();)
  {
    const auto rest = asio::buffer(poem) + sent;
    const auto bytes = co_await asio::async_write(
      socket, asio::buffer(rest, chunk_bytes - sent % chunk_bytes), use_awaitable);
    sent += bytes;
    totals.bytes += bytes;
    ++totals.chunks;
    if (delay > poetry::duration::zero())
    {
      timer.expires_at(timer.expiry() + delay);
      co_await timer.async_wait(use_awaitable);
      if (sent < poem.size())
        totals.lateness.add(poetry::clock::now() - timer.expiry());
    }
  }
}

awaitable<void> listen(tcp::acceptor acceptor)
{
  for (;;)
    asio::co_spawn(acceptor.get_executor(), recite(co_await acceptor.async_accept(use_awaitable)),
      asio::detached);
}

awaitable<void> tell_totals(asio::io_context& context, asio::signal_set& signals)
{
  while (!context.stopped())
  {
    const int signal = co_await signals.async_wait(use_awaitable);
    std::puts(to_json(totals).c_str());
    std::fflush(stdout);
    if (signal == SIGTERM)
      context.stop();
  }
}

} // namespace

int main(int argc, char** argv)
{
  if (argc != 5)
    return 2;
  poem.assign(std::stoul(argv[1]), 'p');
  delay = std::chrono::microseconds(std::stol(argv[3]));
  chunk_bytes = delay > poetry::duration::zero() ? std::stoul(argv[2]) : 65536;

  asio::io_context context(1);
  asio::signal_set signals(context, SIGUSR1, SIGTERM);
  asio::co_spawn(context, tell_totals(context, signals), asio::detached);
  for (int port = 0; port < std::stoi(argv[4]); ++port)
  {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    acceptor.set_option(tcp::no_delay(true)); // its sockets inherit it
    std::printf("%d\n", acceptor.local_endpoint().port());
    asio::co_spawn(context, listen(std::move(acceptor)), asio::detached);
  }
  std::fflush(stdout);
  context.run();
}
