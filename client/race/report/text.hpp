#pragma once

#include "client/race/plan/experiment.hpp"

#include <span>
#include <string>

namespace poetry::race {

/// What is about to run and what is expected of it: what the scenario shows, its servers and
/// clients, its claims and its predictions. Like all text here it is at most `width` columns wide.
std::string announce(const experiment& experiment, std::size_t width);

/// The same with all commands.
std::string describe(const experiment& experiment, std::size_t width);

/// The names of all metrics, and what they mean where that is not plain.
std::string metrics_text();

/// What was measured, a line for each contender at each point, and the verdicts on the claims.
std::string results_text(const experiment& experiment, std::size_t width);

/// The verdicts of several experiments, a line each, and how many claims were met.
std::string verdicts_text(std::span<const experiment> experiments, std::size_t width);

} // namespace poetry::race
