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
  std::vector<asio::ip::tcp::endpoint> endpoints;
  /// Why there are no endpoints: the name did not resolve.
  std::error_code error;
};

/// Finds the endpoints of all addresses. Each host name is resolved once, which may block as long
/// as the system's resolver does; numeric addresses need no resolver.
std::vector<resolved_server> resolve(const std::vector<address>& addresses);

} // namespace poetry
