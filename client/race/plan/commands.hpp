#pragma once

#include "client/race/plan/experiment.hpp"

#include <span>
#include <string>
#include <vector>

namespace poetry::race {

/// A group's poems, those with the same pace and fault that follow one another together: a server
/// process has one of each.
std::vector<std::span<slow_poem>> by_server(group& group);

/// How much a server tells of its readers.
enum class server_log_level
{
  nothing,
  readers,
  chunks
};

/// What to type to serve the poems of one server.
std::vector<std::string> server_command(const setting& setting, const group& group,
  std::span<const slow_poem> poems, server_log_level level);

/// What to type to download a group from its servers. Timeouts are out of reach, for it is the race
/// that gives up on a client, unless servers misbehave: then a second without a byte is a failure,
/// and models are told what the poems are. `out` is a folder for an own program's poems.
std::vector<std::string> client_command(
  const setting& setting, const group& group, const contender& contender, const std::string& out);

/// An own program's command: a blank-separated piece with `{server}` stands for a piece for each
/// server, and `{out}` for that folder; without `{server}` the servers are appended.
std::string expanded(
  const std::string& command, const std::vector<std::string>& servers, const std::string& out);

} // namespace poetry::race
