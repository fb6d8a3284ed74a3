#pragma once

#include "common/address.hpp"

#include <asio/ip/tcp.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace poetry {

/// A server to download from: its address as it is shown, and the endpoints its name stands for.
struct resolved_server
{
  std::string name;
  poetry::address address;
  std::vector<asio::ip::tcp::endpoint> endpoints;
  /// Why there are no endpoints: the name did not resolve.
  std::error_code error;
};

/// Finds the endpoints of all addresses, asking a resolver for each host name once and for numeric
/// addresses never. This may block for as long as the system's resolver does.
std::vector<resolved_server> resolve(const std::vector<address>& addresses);

} // namespace poetry
