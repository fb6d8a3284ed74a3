#pragma once

#include "client/figure/page/page.hpp"
#include "client/race/plan/experiment.hpp"
#include "common/duration.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace poetry::race {

// Text for the terminal: its lines are at most `width` columns wide.

/// What is about to run and what is expected of it: what the scenario shows, its servers and
/// clients, its claims and its predictions.
std::string announce(const experiment& experiment, std::size_t width);

/// The same with all commands.
std::string describe(const experiment& experiment, std::size_t width);

/// The names of all metrics, and what they mean where that is not plain.
std::string metrics_text();

/// What was measured, a line for each contender at each point, and the verdicts on the claims.
std::string results_text(const experiment& experiment, std::size_t width);

/// The verdicts of several experiments, a line each, and how many claims were met.
std::string verdicts_text(std::span<const experiment> experiments, std::size_t width);

// What the terminal aligns and the page shows as HTML: the same rows, numbers and words.

/// What was measured: a row for each contender at each point.
figure::table results_of(const experiment& experiment);

/// The claims of several experiments, those in which asynchronous wins apart from those in which it
/// does not; `with_others`: the latter also of scenarios that did not run.
figure::table claims_of(std::span<const experiment> experiments, bool with_others = false);

/// The results as a self-contained HTML page, with a replay of the first experiment's recordings;
/// `command` is what was typed.
std::string to_page(std::span<const experiment> experiments, const std::string& command);

/// All results as one JSON object of the schema `slowpoetry.race/1`: every run, every prediction,
/// every claim.
std::string to_json(std::span<const experiment> experiments);

/// Tells on stderr which run of how many is on, and how long the rest will take: on a terminal in
/// one line that is overwritten, elsewhere in a line for each run and, while a crowd is connected,
/// one every ten seconds.
class progress
{
public:
  /// `all` may still change: what is left is derived from it each time.
  explicit progress(std::span<const experiment> all) : all_(all) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// A contender's run begins or, with a number, so many of its tasks are connected now.
  void show(const experiment& experiment, const contender& contender,
    std::optional<std::uint64_t> connected);
  /// Takes the line away, for something else is about to be written.
  void clear();

private:
  std::span<const experiment> all_;
  time_point began_;
  time_point told_;
  bool shown_ = false;
};

} // namespace poetry::race
