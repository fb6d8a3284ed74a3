#include "client/run/resolved_server.hpp"

#include <algorithm>
#include <asio/io_context.hpp>
#include <map>

using asio::ip::tcp;

namespace poetry {
namespace {

/// A host's endpoints, still without a port: first those of the first one's family.
struct host
{
  std::vector<tcp::endpoint> endpoints;
  std::error_code error;
  std::ptrdiff_t of_first_family = 0;
  std::ptrdiff_t listed = 0; ///< How often it is in the list of servers.
  std::ptrdiff_t turn = 0;
};

void look_up(const std::string& name, host& host)
{
  const auto numeric = asio::ip::make_address(name, host.error);
  asio::io_context context;
  if (!host.error)
    host.endpoints.emplace_back(numeric, std::uint16_t(0));
  else
    for (const auto& entry : tcp::resolver(context).resolve(name, "", host.error))
      host.endpoints.push_back(entry.endpoint());
  const auto is_v4 = [](const tcp::endpoint& endpoint) { return endpoint.address().is_v4(); };
  const bool v4_first = !host.endpoints.empty() && is_v4(host.endpoints.front());
  // Not the one of std::ranges, which clang 15 cannot compile.
  const auto others = std::stable_partition(host.endpoints.begin(), host.endpoints.end(),
    [&](const auto& endpoint) { return is_v4(endpoint) == v4_first; });
  host.of_first_family = others - host.endpoints.begin();
}

/// What the host's download number `turn`, from 0 on, tries in this order.
std::vector<tcp::endpoint> in_turn(const host& host, std::ptrdiff_t turn, std::uint16_t port)
{
  auto result = host.endpoints;
  for (auto& endpoint : result)
    endpoint.port(port);
  if (host.of_first_family > 0)
    std::rotate(result.begin(), result.begin() + turn % host.of_first_family,
      result.begin() + host.of_first_family);
  return result;
}

} // namespace

std::vector<resolved_server> resolve(const std::vector<address>& addresses)
{
  std::map<std::string, host> hosts;
  for (const address& address : addresses)
  {
    host& host = hosts[address.host];
    if (host.listed++ == 0)
      look_up(address.host, host);
  }
  std::vector<resolved_server> result;
  result.reserve(addresses.size());
  for (const address& address : addresses)
  {
    host& host = hosts[address.host];
    auto& server = result.emplace_back();
    server.name = to_text(address);
    server.address = address;
    server.error = host.error;
    for (std::ptrdiff_t time = 0; time == 0 || time < host.of_first_family; ++time)
      server.endpoints.push_back(in_turn(host, host.turn + time * host.listed, address.port));
    ++host.turn;
  }
  return result;
}

} // namespace poetry
