#pragma once

#include "client/race/run/outcome.hpp"
#include "client/race/run/verdict.hpp"

#include <span>
#include <string>

namespace poetry::race {

/// What is about to run, and what is expected of it, before it does: the scenario's two sentences,
/// its servers and clients, its claims and its predictions.
std::string announce(const plan& plan);

/// The same with all commands, for those who only want to know.
std::string describe(const plan& plan);

/// What was measured, a line for each model at each point, and below it the verdict on each claim.
std::string tabulate(const outcome& outcome, std::span<const judgement> judgements);

/// One line for each claim of several scenarios, and how many of them were met.
std::string tabulate_claims(
  std::span<const outcome> outcomes, std::span<const std::vector<judgement>> judgements);

} // namespace poetry::race
