#include "common/address.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {
namespace {

TEST_CASE("a server is a port, a host and a port, or an IPv6 address in brackets and a port")
{
  CHECK(parse_addresses("10000") == std::vector<address>{{"127.0.0.1", 10000}});
  CHECK(parse_addresses("\u00fcber:1") == std::vector<address>{{"\u00fcber", 1}});
  CHECK(parse_addresses("example.org:80") == std::vector<address>{{"example.org", 80}});
  CHECK(parse_addresses("[::1]:65535") == std::vector<address>{{"::1", 65535}});
}

TEST_CASE("a range of ports names one server for each port")
{
  CHECK(parse_addresses("h:7-9") == std::vector<address>{{"h", 7}, {"h", 8}, {"h", 9}});
  CHECK(parse_addresses("7-7") == std::vector<address>{{"127.0.0.1", 7}});
  CHECK(parse_addresses("1-65535").size() == 65535);
}

TEST_CASE("an invalid server is refused, and the message quotes it")
{
  for (const char* text : {"", "abc", "0", "99999", "65536", "-5", "10-5", "1-2-3", "host:", ":80",
         "host:abc", "host:80x", "host: 80", "[::1", "[::1]", "[::1]80", "::1:80", "a b:80",
         "a\n:80", "+80", "[]:80", "a\x9b:80", "a\u009b:80"})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_addresses(text), usage_error);
  }
  CHECK_THROWS_WITH(parse_addresses("host:99999"),
    "'host:99999' is not a server: a port is a number from 1 to 65535; write PORT, HOST:PORT, "
    "[IPV6]:PORT or HOST:FIRST-LAST, such as 127.0.0.1:10000");
}

TEST_CASE("the message says what is missing or wrong")
{
  const auto complaint = [](const char* text) -> std::string {
    try
    {
      parse_addresses(text);
    }
    catch (const usage_error& error)
    {
      return error.what();
    }
    return "";
  };
  CHECK(complaint("localhost").find("its port is missing") != std::string::npos);
  CHECK(complaint("\u00fcber").find("its port is missing") != std::string::npos);
  CHECK(complaint("http://127.0.0.1:10000").find("no URL") != std::string::npos);
  CHECK(complaint("::1:80").find("[brackets]") != std::string::npos);
}

TEST_CASE("an address is printed as it is parsed")
{
  for (const char* text : {"127.0.0.1:10000", "[::1]:10000", "example.org:1"})
    CHECK(to_text(parse_addresses(text).front()) == text);
}

} // namespace
} // namespace poetry::testing
