#pragma once

#include "client/race/plan/claim.hpp"
#include "client/race/plan/setting.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// What a scenario shows, what runs in it, and what is expected of it. A new scenario is a row of
/// the table in scenario.cpp.
struct scenario
{
  std::string name;
  /// Two sentences: what is shown, and what to expect.
  std::string shows;
  race::knobs knobs;
  /// The knob that is swept and its values, unless the command line names another; may be empty.
  std::string sweep;
  std::vector<std::string> values;
  /// The models that run when none are named; empty: all.
  std::vector<std::string> models;
  std::vector<claim> claims;
  /// Runs of each model, unless the command line says how many.
  std::uint64_t runs = 3;
  /// How far a wall clock may be from its prediction; 0: it is not judged.
  double tolerance = 0.05;
};

/// All scenarios, in the order in which they make sense.
std::span<const scenario> scenarios();

/// The scenario of that name; throws `usage_error` when there is none.
const scenario& find_scenario(std::string_view name);

} // namespace poetry::race
