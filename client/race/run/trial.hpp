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

} // namespace poetry::race
