#pragma once

#include "common/address.hpp"

#include <asio/ip/tcp.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace poetry {

/// A server to download from: its address as it is shown, and its endpoints.
struct resolved_server
{
  std::string name;
  poetry::address address;
  /// What its download tries in this order; when the list of servers is repeated, the next of
  /// these.
  std::vector<std::vector<asio::ip::tcp::endpoint>> endpoints;
  /// Why there are no endpoints: the name did not resolve.
  std::error_code error;
};

/// Finds the endpoints of all addresses. Each host name is resolved once, which may block as long
/// as the system's resolver does; numeric addresses need no resolver. A name with several addresses
/// spreads its downloads: each begins with the next address of the first one's family, and tries
/// the others after it.
std::vector<resolved_server> resolve(const std::vector<address>& addresses);

} // namespace poetry
