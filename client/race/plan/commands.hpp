#pragma once

#include "client/race/plan/experiment.hpp"

#include <string>
#include <vector>

namespace poetry::race {

/// The places of a group's poems, those with the same pace together: a server process has one pace.
std::vector<std::vector<std::size_t>> by_pace(const group& group);

/// How much a server tells of its readers.
enum class server_log_level
{
  nothing,
  readers,
  chunks
};

/// Loopback addresses are many: with one for each of a setting's groups, ports never run out.
std::string interface_of(std::size_t group);

/// What to type to serve poems from `files`, all of them at `pace`; `interface` is where to listen.
std::vector<std::string> server_command(const setting& setting, const pace& pace,
  const std::vector<std::string>& files, const std::string& interface, server_log_level level);

/// What to type to download a group from `servers`, one for each of its poems. Timeouts are out of
/// reach: it is the race that gives up on a client. `out` is a folder for an own program's poems.
std::vector<std::string> client_command(const setting& setting, const group& group,
  const contender& contender, const std::vector<std::string>& servers, const std::string& out);

/// An own program's command: a blank-separated piece with `{server}` stands for a piece for each
/// server, and `{out}` for that folder; without `{server}` the servers are appended.
std::string expanded(
  const std::string& command, const std::vector<std::string>& servers, const std::string& out);

} // namespace poetry::race
