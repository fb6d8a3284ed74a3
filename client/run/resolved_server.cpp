#include "client/run/resolved_server.hpp"

#include <algorithm>
#include <asio/io_context.hpp>
#include <map>

using asio::ip::tcp;

namespace poetry {
namespace {

/// A host's endpoints: first those of the first one's family, whose order turns.
struct host
{
  std::vector<tcp::endpoint> endpoints;
  std::error_code error;
  std::ptrdiff_t of_first_family = 0;
  std::ptrdiff_t listed = 0; ///< How often it is in the list of servers.
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
  const auto first = host.endpoints.empty() ? tcp::v4() : host.endpoints.front().protocol();
  // Not the one of std::ranges, which clang 15 cannot compile.
  const auto others = std::stable_partition(host.endpoints.begin(), host.endpoints.end(),
    [&](const tcp::endpoint& endpoint) { return endpoint.protocol() == first; });
  host.of_first_family = others - host.endpoints.begin();
}

/// Turns the endpoints of the first one's family by so many places: a later one becomes the first.
void turn(host& host, std::ptrdiff_t places)
{
  const auto begin = host.endpoints.begin();
  if (host.of_first_family > 0)
    std::rotate(begin, begin + places % host.of_first_family, begin + host.of_first_family);
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
  for (const address& address : addresses)
  {
    host& host = hosts[address.host];
    for (tcp::endpoint& endpoint : host.endpoints)
      endpoint.port(address.port);
    result.push_back({to_text(address), address, {}, host.error});
    for (std::ptrdiff_t time = 0; time == 0 || time < host.of_first_family; ++time)
    {
      result.back().endpoints.push_back(host.endpoints);
      turn(host, host.listed);
    }
    turn(host, 1);
  }
  return result;
}

} // namespace poetry
