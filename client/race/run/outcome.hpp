#pragma once

#include "client/race/plan/measurement.hpp"
#include "client/race/plan/plan.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace poetry::race {

/// What came of a plan.
struct outcome
{
  race::plan plan;
  /// For each of the plan's pairings its runs.
  std::vector<std::vector<measurement>> runs;
  /// For each of them the recording of its first run; empty when none was made.
  std::vector<std::filesystem::path> traces;
  /// The fewest effective cores seen while it ran; NaN when nothing that was expected counts on
  /// them.
  double cores = not_measured;
};

/// Why runs do not count, each reason once; empty when all do.
std::string wrong_in(const std::vector<measurement>& runs);

} // namespace poetry::race
