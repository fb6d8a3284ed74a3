#pragma once

#include "client/race/plan/experiment.hpp"
#include "client/race/run/scratch.hpp"

#include <functional>

namespace poetry {
class interruption;
}

namespace poetry::race {

/// Runs every model once, unmeasured, and then all contenders in rounds, each round in a new order,
/// so that whatever changes on the machine meanwhile affects all of them alike. `before_each` is
/// called before each run that is measured. Throws `interrupted`; what was measured until then is
/// kept.
void carry_out(experiment& experiment, scratch& scratch, const interruption& interruption,
  const std::function<void(const contender&)>& before_each);

} // namespace poetry::race
