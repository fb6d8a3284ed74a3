#pragma once

#include "client/figure/recording/recording.hpp"
#include "client/race/plan/assertion.hpp"
#include "client/race/plan/claim.hpp"
#include "client/race/plan/measurement.hpp"
#include "client/race/plan/setting.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// What the command line changes about a scenario. What it leaves out keeps the scenario's values.
struct changes
{
  /// Knobs by name, each with its text.
  std::vector<std::pair<std::string, std::string>> knobs;
  /// The knob to sweep and its values.
  std::string sweep;
  std::vector<std::string> values;
  std::vector<std::string> models;
  /// The user's own programs: their names and commands.
  std::vector<std::pair<std::string, std::string>> clients;
  std::optional<std::uint64_t> runs;
  /// More to expect.
  std::vector<std::string> assertions;

  bool has(std::string_view knob) const;
};

/// A program that takes part, at one point of a sweep.
struct contender
{
  /// A model's name, or that of the user's own program.
  std::string name;
  /// What `sh -c` is to run, of an own program; empty for a model.
  std::string command;
  /// What overlaps when it has several downloads; empty: unknown.
  std::optional<poetry::overlap> overlap;
  /// The place of its setting.
  std::size_t point = 0;
  /// The wall clock in seconds; NaN without a prediction.
  double predicted = not_measured;
  /// How many cores must be idle for the prediction to hold; 0 when it is about waiting only.
  unsigned cores_needed = 0;
  /// About how many seconds a run takes: the prediction or, without one, the most it can be.
  double time = 0;

  /// What was measured so far.
  std::vector<measurement> runs;
  /// Runs that were stopped from outside, by Ctrl-Z and the like, and are not among them.
  unsigned repeated = 0;
  /// Of the first valid run, where it was recorded.
  std::optional<figure::recording> recording;

  bool is_own() const { return !command.empty(); }
  /// When it has not ended after this, it is ended.
  duration patience() const
  {
    const double spare = is_own() || is_predicted() ? 10 : 120;
    return std::chrono::round<duration>(std::chrono::duration<double>(spare + 3 * time));
  }
  bool is_predicted() const { return !std::isnan(predicted); }
};

/// A scenario with everything decided: what runs, how often, and what is expected. Once it was
/// carried out, it holds what was measured, too.
struct experiment
{
  race::scenario scenario;
  /// One for each point of the sweep.
  std::vector<setting> settings;
  std::vector<contender> contenders;
  /// Those of every scenario first, then the scenario's own and the user's.
  std::vector<claim> claims;
  /// The user's programs that cannot be compared here, for it is about options of our clients.
  std::vector<std::string> left_out;
  /// The fewest effective cores seen while it ran; NaN when no expectation depends on them.
  double cores = not_measured;

  /// The contender that a quantity is of, at `point` unless it names another; null when that does
  /// not run.
  const contender* find(const quantity& quantity, std::size_t point) const;
  /// `tasks 64`, or empty where nothing is swept.
  std::string point_text(std::size_t point) const;
  /// `blocking`, or `blocking, tasks 64`.
  std::string label_of(const contender& contender) const;
  /// About how many seconds all runs take.
  double time_s() const;
};

/// How a client's connections overlapped according to the servers: `one after another`, `all at
/// once` or `3 at a time`; empty with a single task, and where the servers did not log it.
std::string shape_of(const setting& setting, const contender& contender);

/// Throws `usage_error` for changes that the scenario does not allow.
experiment make_experiment(
  const scenario& scenario, const changes& changes, const machine_limits& limits, unsigned cores);

} // namespace poetry::race
