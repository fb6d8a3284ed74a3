#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace poetry {

/// Where a server listens: a host name or numeric address, and a port.
struct address
{
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const address&) const = default;
};

/// Reads `PORT`, `HOST:PORT`, `[IPV6]:PORT`, or a range of ports `HOST:FIRST-LAST` (also
/// `FIRST-LAST`); without a host it is 127.0.0.1. Throws `usage_error`, with what to type instead,
/// when `text` is anything else.
std::vector<address> parse_addresses(std::string_view text);

/// `127.0.0.1:10000`, or `[::1]:10000`: what `parse_addresses` reads back.
std::string to_text(const address& address);

} // namespace poetry
