#include "client/run/resolved_server.hpp"

#include <asio/io_context.hpp>
#include <map>

using asio::ip::tcp;

namespace poetry {
namespace {

/// The endpoints of a host, without a port.
resolved_server look_up(const std::string& host)
{
  resolved_server result;
  const auto numeric = asio::ip::make_address(host, result.error);
  asio::io_context context;
  if (!result.error)
    result.endpoints.emplace_back(numeric, std::uint16_t(0));
  else
    for (const auto& entry : tcp::resolver(context).resolve(host, "", result.error))
      result.endpoints.push_back(entry.endpoint());
  return result;
}

} // namespace

std::vector<resolved_server> resolve(const std::vector<address>& addresses)
{
  std::map<std::string, resolved_server> hosts;
  std::vector<resolved_server> result;
  result.reserve(addresses.size());
  for (const address& address : addresses)
  {
    const auto [known, is_new] = hosts.try_emplace(address.host);
    if (is_new)
      known->second = look_up(address.host);
    auto& server = result.emplace_back(known->second);
    server.name = to_text(address);
    server.address = address;
    for (auto& endpoint : server.endpoints)
      endpoint.port(address.port);
  }
  return result;
}

} // namespace poetry
