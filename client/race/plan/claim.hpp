#pragma once

#include <optional>
#include <string>
#include <vector>

namespace poetry::race {

struct contender;
struct experiment;

enum class verdict
{
  met,
  not_met,
  /// The machine could not tell, or it was not measured.
  inconclusive
};

/// `met`, `not met` or `inconclusive`.
std::string to_text(verdict verdict);

/// Something that is expected, written down before anything runs, and what came of it.
struct claim
{
  /// In words.
  std::string text;
  /// The same as an assertion, which must hold at every point of a sweep unless it names points.
  /// With `of_each`, just a name for that.
  std::string expected;
  /// How many cores must be idle: more than none where it rests on work that is done at full speed
  /// or at the same time.
  double cores_needed = 0;
  /// False for the cases in which the asynchronous model does not win.
  bool win = true;
  /// Where each contender is judged on its own: its verdict, or nothing when nothing is expected
  /// of it.
  std::optional<race::verdict> (*of_each)(
    const experiment&, const claim&, const contender&) = nullptr;

  race::verdict verdict = verdict::inconclusive;
  /// The numbers that the verdict rests on, or the reason for it.
  std::string measured = {};
};

/// One core that is idle, and several: what a machine with fewer cannot show.
constexpr double one_core = 0.9;
constexpr double parallel_cores = 1.8;

/// Claims about every scenario: complete poems and, where they apply, predicted times and the work
/// that was asked for.
std::vector<claim> general_claims(const experiment& experiment);

/// Judges a claim such as `each.whole == 2` for one contender; nothing where that was not measured.
std::optional<verdict> judge_assertion_of_each(
  const experiment& experiment, const claim& claim, const contender& contender);

/// Whether a contender's wall clock is as predicted; nothing where nothing is predicted and no run
/// was wrong.
std::optional<verdict> judge_wall(const experiment& experiment, const contender& contender);

/// Fills in the verdicts on all claims. A claim that rests on a wrong run is not met.
void judge(experiment& experiment);

} // namespace poetry::race
