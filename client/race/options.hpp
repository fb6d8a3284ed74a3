#pragma once

#include "client/race/plan/experiment.hpp"

#include <optional>
#include <vector>

namespace poetry::race {

/// What the race was asked to do.
struct race_options
{
  std::vector<experiment> experiments;
  /// Print what would run, and run nothing.
  bool only_plan = false;
  bool json = false;
  /// Where `report.html` is written.
  std::string out = ".";
  /// What was typed.
  std::string command;
};

/// Reads the command line of `poetry-race`; nothing when it asked only for the help, the version or
/// the list of scenarios, which is then printed. Throws `usage_error` when it makes no sense.
std::optional<race_options> parse_race_options(int argc, char** argv);

} // namespace poetry::race
