#pragma once

#include "client/race/run/outcome.hpp"
#include "client/race/run/verdict.hpp"

#include <span>
#include <string>
#include <vector>

namespace poetry::race {

/// All results as one JSON object of the schema `slowpoetry.race/1`: every run, every prediction,
/// every claim.
std::string to_json(
  std::span<const outcome> outcomes, std::span<const std::vector<judgement>> judgements);

/// The results as a page that needs nothing but itself, with a replay of the first scenario's
/// recordings.
std::string to_page(std::span<const outcome> outcomes,
  std::span<const std::vector<judgement>> judgements, const std::string& command);

} // namespace poetry::race
