#include "server/options.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

server_options parse(std::vector<const char*> arguments)
{
  arguments.insert(arguments.begin(), "slowpoetry");
  const auto options = parse_server_options(static_cast<int>(arguments.size()), arguments.data());
  REQUIRE(options);
  return *options;
}

std::string complaint(const std::vector<const char*>& arguments)
{
  try
  {
    parse(arguments);
  }
  catch (const usage_error& error)
  {
    return error.what();
  }
  return "";
}

} // namespace

TEST_CASE("a poem is the only required argument")
{
  const auto options = parse({"a.txt"});
  CHECK(options.poems == std::vector<std::string>{"a.txt"});
  CHECK(options.interface.to_string() == "127.0.0.1");
  CHECK(options.port == 0);
  CHECK(options.listeners == 1);
  CHECK(options.pace.num_bytes == 10);
  CHECK(options.pace.delay == 100ms);
  CHECK(options.write_timeout == 30s);
  CHECK(options.grace == 0s);
  CHECK_FALSE(options.max_clients);
  CHECK(options.level == log_level::readers);
}

TEST_CASE("each poem has a port, unless the number of ports is given")
{
  CHECK(parse({"a", "b", "c"}).listeners == 3);
  CHECK(parse({"--listeners", "7", "a", "b"}).listeners == 7);
}

TEST_CASE("options set their values")
{
  const auto options = parse({"--port", "10000", "--iface", "::1", "--num-bytes", "1k", "--delay",
    "1.5s", "--jitter", "20ms", "--seed", "9", "--one-at-a-time", "--max-clients", "5", "--fault",
    "stall@7", "--grace", "2", "--log", "json", "-q", "a"});
  CHECK(options.port == 10000);
  CHECK(options.interface.is_v6());
  CHECK(options.pace.num_bytes == 1024);
  CHECK(options.pace.delay == 1500ms);
  CHECK(options.jitter == 20ms);
  CHECK(options.seed == 9);
  CHECK(options.one_at_a_time);
  CHECK(options.max_clients == 5);
  CHECK(options.fault.what == fault::kind::stall);
  CHECK(options.grace == 2s);
  CHECK(options.format == log_format::json);
  CHECK(options.level == log_level::nothing);
}

TEST_CASE("an invalid value is refused, and the message names the option")
{
  for (const auto& arguments :
    {std::vector<const char*>{"--port", "99999"}, {"--port", "abc"}, {"--num-bytes", "0"},
      {"--num-bytes", "-5"}, {"--num-bytes", "1e9"}, {"--delay", "-1"}, {"--delay", "soon"},
      {"--jitter", "x"}, {"--seed", "-1"}, {"--listeners", "0"}, {"--listeners", "65536"},
      {"--iface", "localhost"}, {"--max-clients", "0"}, {"--write-timeout", "0"},
      {"--port-file", ""}, {"--fault", "explode"}, {"--grace", "never"}, {"--log", "xml"}})
  {
    CAPTURE(arguments[0]);
    CAPTURE(arguments[1]);
    CHECK(complaint({arguments[0], arguments[1], "a"}).find(arguments[0]) == 0);
  }
  CHECK(complaint({}).find("which poem?") == 0);
  CHECK(complaint({"--port", "65535", "a", "b"}).find("--port 65535") == 0);
  CHECK(complaint({"--port", "65534", "a", "b"}).empty());
}

} // namespace poetry::testing
