#include "client/run/resolved_server.hpp"

#include <asio/io_context.hpp>
#include <map>

using asio::ip::tcp;

namespace poetry {
namespace {

struct host
{
  std::vector<asio::ip::address> addresses;
  std::error_code error;
};

host look_up(const std::string& name)
{
  host result;
  const auto numeric = asio::ip::make_address(name, result.error);
  if (!result.error)
  {
    result.addresses.push_back(numeric);
    return result;
  }
  asio::io_context context;
  for (const auto& entry : tcp::resolver(context).resolve(name, "", result.error))
    result.addresses.push_back(entry.endpoint().address());
  return result;
}

} // namespace

std::vector<resolved_server> resolve(const std::vector<address>& addresses)
{
  std::map<std::string, host> hosts;
  std::vector<resolved_server> result;
  result.reserve(addresses.size());
  for (const address& address : addresses)
  {
    const auto [known, is_new] = hosts.try_emplace(address.host);
    if (is_new)
      known->second = look_up(address.host);
    auto& server = result.emplace_back();
    server.name = to_text(address);
    server.address = address;
    server.error = known->second.error;
    for (const auto& ip : known->second.addresses)
      server.endpoints.emplace_back(ip, address.port);
  }
  return result;
}

} // namespace poetry
