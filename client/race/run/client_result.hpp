#pragma once

#include "client/race/plan/measurement.hpp"
#include "client/race/plan/setting.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// Reads the JSON summary of a model that downloaded a group. Whatever is missing, incomplete, or
/// not byte for byte what the server served makes the measurement wrong.
measurement read_result(
  std::string_view json, const setting& setting, const group& group, const std::string& model);

/// What is wrong with the poems that were written into a folder under any names, one for each task;
/// empty when nothing is.
std::string fault_of_folder(
  const std::filesystem::path& folder, const setting& setting, const std::vector<group>& groups);

/// The last three lines of what a program wrote, as one line without control characters.
std::string last_lines(std::string_view text);

/// One measurement of several processes that ran at the same time: their costs add up, their wall
/// clock is that of the last. The first that is wrong makes the whole wrong.
measurement combined(const std::vector<measurement>& parts);

} // namespace poetry::race
