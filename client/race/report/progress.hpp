#pragma once

#include "client/race/plan/experiment.hpp"
#include "common/duration.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace poetry::race {

/// Tells on stderr which run of how many is on, and how long the rest will take: on a terminal in
/// one line that is overwritten, elsewhere in a line for each run and, while a crowd is connected,
/// one every ten seconds.
class progress
{
public:
  /// Of all experiments, which may still change.
  explicit progress(std::span<const experiment> all) : all_(all) {}

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
