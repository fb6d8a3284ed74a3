#include "client/run/resolved_server.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {
namespace {

TEST_CASE("a numeric address is its own endpoint")
{
  const auto servers = resolve({{"127.0.0.1", 10}, {"::1", 11}});
  REQUIRE(servers.size() == 2);
  CHECK(servers[0].endpoints[0] ==
        std::vector{asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 10)});
  CHECK(servers[1].endpoints[0] ==
        std::vector{asio::ip::tcp::endpoint(asio::ip::make_address("::1"), 11)});
  CHECK(servers[1].name == "[::1]:11");
}

TEST_CASE("a name that does not resolve is its server's error, and no other's")
{
  const auto servers = resolve({{"no-such-host.invalid", 10}, {"localhost", 11}});
  CHECK(servers[0].error);
  CHECK(servers[0].endpoints[0].empty());
  CHECK_FALSE(servers[1].error);
  CHECK_FALSE(servers[1].endpoints[0].empty());
}

} // namespace
} // namespace poetry::testing
