// What a C++ programmer would write: plain Asio, a coroutine and a buffer for each download.
//
//     asio_client DOWNLOADS PORT...
//
// Prints one JSON object.

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <string>

using asio::awaitable;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

namespace {

std::size_t whole, reads, bytes;
clock_type::time_point last_connected;

awaitable<void> download(tcp::endpoint server)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  std::error_code error;
  auto or_error = asio::redirect_error(asio::use_awaitable, error);
  co_await socket.async_connect(server, or_error);
  last_connected = clock_type::now();
  std::array<char, 1024> buffer;
  while (!error)
  {
    bytes += co_await socket.async_read_some(asio::buffer(buffer), or_error);
    reads += error ? 0 : 1;
  }
  whole += error == asio::error::eof ? 1 : 0;
}

} // namespace

int main(int argc, char** argv)
{
  if (argc < 3)
    return 2;
  const std::size_t downloads = std::stoul(argv[1]);
  const auto ports = static_cast<std::size_t>(argc - 2);

  const auto began = clock_type::now();
  asio::io_context context(1);
  for (std::size_t i = 0; i < downloads; ++i)
  {
    const auto port = static_cast<std::uint16_t>(std::stoi(argv[2 + i % ports]));
    asio::co_spawn(context, download({asio::ip::address_v4::loopback(), port}), asio::detached);
  }
  context.run();

  const auto seconds = [&](
                         auto time) { return std::chrono::duration<double>(time - began).count(); };
  std::printf("{\"ok\": %zu, \"failed\": %zu, \"bytes\": %zu, \"reads\": %zu, "
              "\"all_connected_s\": %.6f, \"wall_s\": %.6f}\n",
    whole, downloads - whole, bytes, reads, seconds(last_connected), seconds(clock_type::now()));
  return whole == downloads ? 0 : 1;
}
