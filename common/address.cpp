#include "common/address.hpp"

#include "common/program.hpp"
#include "common/text.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace poetry {
namespace {

std::optional<std::uint16_t> read_port(std::string_view text)
{
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

bool is_host(std::string_view text)
{
  return !text.empty() && text.find_first_of(" []") == std::string_view::npos &&
         replace_controls(text, [](char) { return ""; }) == text;
}

} // namespace

std::vector<address> parse_addresses(std::string_view text)
{
  const auto refuse = [&](std::string_view why) {
    throw usage_error(fmt::format(
      "'{}' is not a server: {}; write PORT, HOST:PORT, [IPV6]:PORT or HOST:FIRST-LAST, "
      "such as 127.0.0.1:10000",
      text, why));
  };

  if (text.find("//") != std::string_view::npos)
    refuse("a server is no URL");
  const auto colon = text.rfind(':');
  const bool has_host = colon != std::string_view::npos;
  std::string_view host = has_host ? text.substr(0, colon) : "127.0.0.1";
  if (text.starts_with('['))
  {
    if (!host.ends_with(']'))
      refuse("']:PORT' is missing");
    host = host.substr(1, host.size() - 2);
  }
  else if (host.find(':') != std::string_view::npos)
    refuse("an IPv6 address needs [brackets]");
  if (!is_host(host))
    refuse("that is no host name or address");

  const auto ports = text.substr(has_host ? colon + 1 : 0);
  const auto dash = ports.find('-');
  const auto first = read_port(ports.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_port(ports.substr(dash + 1));
  if (!first || !last)
    refuse(!has_host && text.find_first_not_of("+-0123456789 ") == 0
             ? "its port is missing"
             : "a port is a number from 1 to 65535");
  if (*last < *first)
    refuse("the range of ports ends before it begins");

  std::vector<address> result;
  for (std::uint32_t port = *first; port <= *last; ++port)
    result.push_back({std::string(host), static_cast<std::uint16_t>(port)});
  return result;
}

std::string to_text(const address& address)
{
  return address.host.find(':') == std::string::npos
           ? fmt::format("{}:{}", address.host, address.port)
           : fmt::format("[{}]:{}", address.host, address.port);
}

} // namespace poetry
