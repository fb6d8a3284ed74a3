#pragma once

#include "client/race/plan/setting.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// Something that is expected to hold, written down before anything is measured.
struct expectation
{
  /// In words.
  std::string claim;
  /// The same as an assertion; it holds for every point of a sweep, unless it names points.
  std::string assertion;
  /// How many cores must be idle for it to hold: it rests on work that is done at full speed, or
  /// at the same time.
  double cores_needed = 0;
  /// False for the cases in which the asynchronous model does not win.
  bool win = true;
};

/// One core that is idle, and several: what a machine with fewer cannot show.
constexpr double one_core = 0.9;
constexpr double parallel_cores = 1.8;

/// An experiment: what it shows, what runs, and what is expected of it. Everything else follows.
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
  std::vector<expectation> expectations;
  /// How far a wall clock may be from its prediction; 0: predictions are not what this is about.
  double tolerance = 0.05;
};

/// All scenarios, in the order in which they make sense.
std::span<const scenario> scenarios();

/// The scenario of that name; throws `usage_error` when there is none.
const scenario& find_scenario(std::string_view name);

} // namespace poetry::race
