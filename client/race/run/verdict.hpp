#pragma once

#include "client/race/run/outcome.hpp"

#include <string>
#include <vector>

namespace poetry::race {

/// Whether what was expected before the runs is what they showed.
enum class verdict
{
  met,
  not_met,
  /// It cannot be told here; the reason is given.
  withheld,
  /// Nothing was expected.
  none
};

/// `met`, `not met`, `withheld` or `-`.
std::string to_text(verdict verdict);

/// A claim after the runs.
struct judgement
{
  std::string claim;
  /// What was expected, in numbers or in words.
  std::string expected;
  /// The numbers it rests on, or the reason it was not met or withheld for.
  std::string measured;
  race::verdict verdict = verdict::none;
  bool win = true;
};

/// What is claimed of every plan before its own expectations: whole poems, predicted times, and
/// the work that was asked for.
std::vector<expectation> claims_of(const plan& plan);

/// Whether a pairing's wall clock is what was predicted for it.
verdict judge_pairing(const outcome& outcome, std::size_t pairing);

/// A judgement for each of `claims_of` the plan, in its order. No claim is met that rests on a run
/// that was wrong.
std::vector<judgement> judge(const outcome& outcome);

} // namespace poetry::race
