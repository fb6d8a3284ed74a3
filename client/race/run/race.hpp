#pragma once

#include "client/race/plan/experiment.hpp"
#include "client/race/run/scratch.hpp"

#include <cstdint>
#include <functional>

namespace poetry::race {

/// What is told while a race runs.
struct race_events
{
  /// Before each run that is measured.
  std::function<void(const contender&)> begins;
  /// How many of a crowd are connected now, once a second.
  std::function<void(std::uint64_t)> connected;
};

/// Measures how long the connections of a crowd take to be made, with a part of them, and adds
/// that to the predictions. Throws as `carry_out`, and `std::runtime_error` when a firewall would
/// drop connections because it cannot track so many.
void measure_connecting(experiment& experiment, scratch& scratch);

/// Runs every model once, unmeasured, and then all contenders in rounds, each round in a new order,
/// so that whatever changes on the machine meanwhile affects all of them alike. Throws
/// `interrupted`; what was measured until then is kept.
void carry_out(experiment& experiment, scratch& scratch, const race_events& events);

} // namespace poetry::race
