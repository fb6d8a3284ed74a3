#pragma once

#include "client/race/plan/experiment.hpp"
#include "client/race/run/scratch.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace poetry::race {

/// Runs a contender once, against new servers. `recording` is where a valid run is recorded, null
/// for nowhere. Of a crowd the servers' readers are counted once a second, and `connected` is
/// called with their number; of others the servers' account is read. A client that fails, crashes,
/// hangs or downloads anything but the poems served yields a measurement that is wrong and says
/// why. Throws `interrupted`, and `std::runtime_error` when the servers do not start.
measurement run_once(
  const contender& contender, const setting& setting, std::optional<figure::recording>* recording,
  scratch& scratch, const std::function<void(std::uint64_t)>& connected = [](std::uint64_t) {});

/// Measures how long the connections of a crowd take to be made, with a part of them, and adds
/// that to the predictions. Throws as `carry_out`, and `std::runtime_error` when a firewall would
/// drop connections because it cannot track so many.
void measure_connecting(experiment& experiment, scratch& scratch);

/// Runs every model once, unmeasured, and then all contenders in rounds, each round in a new order,
/// so that a change on the machine meanwhile affects all of them equally. Calls `show` before
/// each measured run and, of a crowd, once a second with the number of those connected. Throws
/// `interrupted`; what was measured until then is kept.
void carry_out(experiment& experiment, scratch& scratch,
  const std::function<void(const contender&, std::optional<std::uint64_t>)>& show);

} // namespace poetry::race
