#pragma once

#include "client/race/plan/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poetry::race {

/// What the command line asked of a scenario, beyond its name.
struct wishes
{
  /// Knobs to turn, by name, each to its text.
  std::vector<std::pair<std::string, std::string>> knobs;
  /// The knob to sweep and its values; empty: the scenario's own.
  std::string sweep;
  std::vector<std::string> values;
  /// The models to run; empty: the scenario's own.
  std::vector<std::string> models;
  std::uint64_t runs = 3;
  /// More to expect, as assertions.
  std::vector<std::string> assertions;
};

/// A model at one point of a scenario.
struct pairing
{
  std::size_t setting = 0;
  std::string model;
  std::optional<duration> predicted;
  /// How many cores must be idle for the prediction to hold; 0 when it is one of waiting only.
  double cores_needed = 0;
  /// What it takes as predicted or, when nothing is, at most; a second when that is unknown, too.
  duration time{};
};

/// A scenario with all decided: what runs, in which settings, how often, and what is expected.
struct plan
{
  race::scenario scenario;
  std::vector<setting> settings;
  std::vector<pairing> pairings;
  std::uint64_t runs = 3;

  /// The place of the point with that value of the swept knob.
  std::optional<std::size_t> find_point(const std::string& label) const;
  /// How long all runs take.
  duration time() const;
};

/// Throws `usage_error` for wishes that this scenario cannot fulfil.
plan make_plan(
  const scenario& scenario, const wishes& wishes, const process_limits& limits, unsigned cores);

} // namespace poetry::race
