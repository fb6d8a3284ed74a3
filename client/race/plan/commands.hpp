#pragma once

#include "client/race/plan/setting.hpp"

#include <string>
#include <vector>

namespace poetry::race {

/// The places of a group's poems, those with the same pace together: a server process has one pace.
std::vector<std::vector<std::size_t>> by_pace(const group& group);

/// What to type to serve poems from `files`, all of them at `pace`; `interface` is where to listen.
std::vector<std::string> server_command(const setting& setting, const pace& pace,
  const std::vector<std::string>& files, const std::string& interface);

/// What to type to download a group from `servers`, one for each of its poems. Timeouts are out of
/// reach: it is the race that gives up on a client.
std::vector<std::string> client_command(const setting& setting, const group& group,
  const std::string& model, const std::vector<std::string>& servers);

} // namespace poetry::race
