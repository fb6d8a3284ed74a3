#pragma once

#include "client/race/plan/setting.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace poetry::race {

/// The recitals of a group that one server process can do, for it has but one pace.
struct recitation
{
  poetry::pace pace;
  /// Places in the group's `recitals`.
  std::vector<std::size_t> recitals;
};

/// One for each pace, in the order in which the paces come up.
std::vector<recitation> recitations_of(const group& group);

/// What to type to serve one recitation; `poems` are its files, `interface` where it listens.
std::vector<std::string> server_command(const setting& setting, const recitation& recitation,
  const std::vector<std::string>& poems, const std::string& interface);

/// What to type to download a group from `servers`, one for each of its recitals. No timeout of its
/// own ends it: it is the race that gives it up.
std::vector<std::string> client_command(const setting& setting, const group& group,
  std::string_view model, const std::vector<std::string>& servers);

} // namespace poetry::race
