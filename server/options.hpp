#pragma once

#include "common/duration.hpp"
#include "common/pace.hpp"
#include "server/fault.hpp"
#include "server/log.hpp"

#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poetry {

/// The command line of `slowpoetry`.
struct server_options
{
  std::vector<std::string> poems;
  asio::ip::address interface = asio::ip::address_v4::loopback();
  std::uint64_t port = 0;
  std::uint64_t listeners = 1;
  poetry::pace pace;
  duration jitter = duration::zero();
  std::uint64_t seed = 1;
  bool one_at_a_time = false;
  std::optional<std::uint64_t> max_clients; ///< must be set before a server is made
  duration write_timeout = std::chrono::seconds(30);
  duration grace = duration::zero();
  poetry::fault fault;
  std::string port_file;
  log_format format = log_format::text;
  log_level level = log_level::readers;
};

/// Returns nothing when the command line asked for no more than help. Throws `usage_error` when it
/// makes no sense.
std::optional<server_options> parse_server_options(int argc, const char* const* argv);

} // namespace poetry
