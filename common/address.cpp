#include "common/address.hpp"

#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cctype>
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
  if (text.empty() || text.find_first_of(" []") != std::string_view::npos)
    return false;
  for (; !text.empty(); text.remove_prefix(std::max<std::size_t>(utf8_length(text), 1)))
  {
    if (control_length(text) != 0)
      return false;
  }
  return true;
}

/// Whether `text` begins like a host's name, ASCII or not.
bool begins_with_letter(std::string_view text)
{
  if (text.empty())
    return false;
  const auto byte = static_cast<unsigned char>(text[0]);
  return byte >= 0x80 || std::isalpha(byte) != 0;
}

/// The host and the text after its colon; no host means the loopback address.
std::optional<std::pair<std::string_view, std::string_view>> split_host(std::string_view text)
{
  constexpr std::string_view loopback = "127.0.0.1";
  if (text.starts_with('['))
  {
    const auto end = text.find("]:");
    if (end == std::string_view::npos)
      return std::nullopt;
    return std::pair(text.substr(1, end - 1), text.substr(end + 2));
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return std::pair(loopback, text);
  // A second colon is an IPv6 address without its brackets: where would its port begin?
  if (text.find(':', colon + 1) != std::string_view::npos)
    return std::nullopt;
  return std::pair(text.substr(0, colon), text.substr(colon + 1));
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

  const auto parts = split_host(text);
  if (text.find("//") != std::string_view::npos)
    refuse("a server is no URL");
  if (!parts)
    refuse(text.starts_with('[') ? "']:PORT' is missing" : "an IPv6 address needs [brackets]");
  const auto [host, ports] = *parts;
  if (!is_host(host))
    refuse("that is no host name or address");

  const auto dash = ports.find('-');
  const auto first = read_port(ports.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_port(ports.substr(dash + 1));
  if (!first || !last)
    refuse(text.find(':') == std::string_view::npos && begins_with_letter(text)
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
