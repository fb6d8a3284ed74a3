#include "client/wait/connecting.hpp"

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <doctest/doctest.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>

using asio::ip::tcp;

namespace poetry::testing {

TEST_CASE("a connection that was reset after its first bytes still delivers them")
{
  asio::io_context context;
  tcp::socket reader(context);
  for (std::string_view sent : {"some bytes", ""})
  {
    CAPTURE(sent);
    tcp::acceptor here(context, {asio::ip::address_v4::loopback(), 0});
    reader.close();
    reader.connect(here.local_endpoint());
    tcp::socket server = here.accept();
    server.set_option(asio::socket_base::linger(true, 0));
    ::send(server.native_handle(), sent.data(), sent.size(), 0);
    server.close();
    pollfd hung_up = {.fd = reader.native_handle(), .events = 0, .revents = 0};
    REQUIRE(::poll(&hung_up, 1, -1) == 1);

    const std::error_code error = connect_result(reader.native_handle());
    if (sent.empty())
    {
      CHECK(error == asio::error::connection_reset);
      continue;
    }
    CHECK_FALSE(error);
    std::array<char, 100> bytes = {};
    CHECK(::recv(reader.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT) == 10);
    CHECK(::recv(reader.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT) == -1);
  }
}

} // namespace poetry::testing
