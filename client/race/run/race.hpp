#pragma once

#include "client/race/run/outcome.hpp"
#include "client/race/run/scratch.hpp"

#include <functional>

namespace poetry {
class interruption;
}

namespace poetry::race {

/// Runs a plan: first every model once, unrecorded, then all pairings in rounds, each round in an
/// order of its own, so that whatever changes on the machine meanwhile meets all of them alike.
/// `before_each` is called before each run. Throws `interrupted`.
outcome carry_out(const plan& plan, scratch& scratch, const interruption& interruption,
  const std::function<void(const pairing&)>& before_each);

} // namespace poetry::race
