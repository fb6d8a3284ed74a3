#pragma once

#include "client/race/plan/experiment.hpp"

#include <span>
#include <string>

namespace poetry::race {

/// All results as one JSON object of the schema `slowpoetry.race/1`: every run, every prediction,
/// every claim.
std::string to_json(std::span<const experiment> experiments);

} // namespace poetry::race
