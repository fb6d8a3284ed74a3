#pragma once

#include <string>
#include <vector>

namespace poetry::race {

struct contender;
struct experiment;

/// From the best to the worst.
enum class verdict
{
  met,
  /// Nothing was measured, or nothing is expected.
  none,
  /// The machine could not tell.
  inconclusive,
  not_met
};

/// `met`, `not met` or `inconclusive`, which is also what is said of none.
std::string to_text(verdict verdict);

/// What a claim is about: the group that it is shown in.
enum class subject
{
  asynchronous_wins,
  asynchronous_does_not_win,
  /// How each contender takes faults.
  faults,
  /// What the user asserts.
  asserted,
  /// That the race is fair, of each contender.
  fairness
};

/// A verdict, and the numbers that it rests on or the reason for it.
struct finding
{
  race::verdict verdict = verdict::none;
  std::string reason = {};
};

/// Something that is expected, written down before anything runs, and what came of it.
struct claim
{
  /// In words.
  std::string text;
  /// The same as an assertion, which must hold at every point of a sweep unless it names points.
  /// Of a claim about each contender, its quantities are of `each`, or it is only a name.
  std::string expected;
  race::subject subject = subject::asynchronous_wins;
  /// How many cores must be idle: more than none where it rests on work that is done at full speed
  /// or at the same time.
  unsigned cores_needed = 0;

  race::verdict verdict = verdict::none;
  /// The numbers that the verdict rests on, or the reason for it.
  std::string measured = {};

  /// Whether each contender is judged on its own.
  bool is_of_each() const { return subject == subject::faults || subject == subject::fairness; }
};

/// Claims about every scenario: complete poems and, where they apply, predicted times and the work
/// that was asked for.
std::vector<claim> general_claims(const experiment& experiment);

/// Whether a contender's wall clock is as predicted; no verdict where nothing is predicted and no
/// run was wrong.
finding judge_wall(const experiment& experiment, const contender& contender);

/// Fills in the verdict on a claim, which is not met when it rests on a wrong run.
void judge(const experiment& experiment, claim& claim);

/// Fills in the verdicts on all claims.
void judge(experiment& experiment);

} // namespace poetry::race
