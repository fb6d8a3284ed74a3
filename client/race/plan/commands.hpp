#pragma once

#include "client/race/plan/experiment.hpp"

#include <span>
#include <string>
#include <vector>

namespace poetry::race {

/// A group's poems, those with the same pace and fault that follow one another together: a server
/// process has one of each.
std::vector<std::span<const slow_poem>> by_server(const group& group);

/// How much a server tells of its readers.
enum class server_log_level
{
  nothing,
  readers,
  chunks
};

/// Loopback addresses are many: with one for each of a setting's groups, ports never run out.
std::string interface_of(std::size_t group);

/// What to type to serve poems from `files`, all of them as `poem`; `interface` is where to listen.
std::vector<std::string> server_command(const setting& setting, const slow_poem& poem,
  const std::vector<std::string>& files, const std::string& interface, server_log_level level);

/// What to type to download a group from `servers`, one for each of its poems. Timeouts are out of
/// reach, for it is the race that gives up on a client, unless servers misbehave: then a second
/// without a byte is a failure, and models are told that the poems are as in `file`. `out` is a
/// folder for an own program's poems.
std::vector<std::string> client_command(const setting& setting, const group& group,
  const contender& contender, const std::vector<std::string>& servers, const std::string& file,
  const std::string& out);

/// An own program's command: a blank-separated piece with `{server}` stands for a piece for each
/// server, and `{out}` for that folder; without `{server}` the servers are appended.
std::string expanded(
  const std::string& command, const std::vector<std::string>& servers, const std::string& out);

} // namespace poetry::race
