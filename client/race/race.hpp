#pragma once

#include "client/race/outcome.hpp"
#include "client/race/progress.hpp"
#include "client/race/scratch.hpp"

namespace poetry {
class interruption;
}

namespace poetry::race {

/// Runs a plan: first every model once, unrecorded, then all pairings in rounds, each round in an
/// order of its own, so that whatever changes on the machine meanwhile meets all of them alike.
/// Throws `interrupted`.
outcome carry_out(
  const plan& plan, scratch& scratch, progress& progress, const interruption& interruption);

} // namespace poetry::race
