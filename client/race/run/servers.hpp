#pragma once

#include "client/race/plan/commands.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/scratch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace poetry::race {

/// A server's address, such as `127.0.0.1:10000`, the poem that it serves, and its fault.
struct served_poem
{
  std::string server;
  poem_on_disk poem;
  std::string fault = {};
};

/// Starts what a group's downloads need, on `interface`, and adds it to `servers`; returns an
/// address for each of the group's poems once all servers listen. Throws `std::runtime_error` with
/// the server's message when one fails, and `interrupted`.
std::vector<served_poem> start_servers(std::deque<child>& servers, const setting& setting,
  const group& group, const std::string& interface, server_log_level level, scratch& scratch,
  const interruption& interruption);

} // namespace poetry::race
