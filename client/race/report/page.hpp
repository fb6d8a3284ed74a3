#pragma once

#include "client/race/plan/experiment.hpp"

#include <span>
#include <string>

namespace poetry::race {

/// The results as a self-contained HTML page, with a replay of the first experiment's recordings;
/// `command` is what was typed.
std::string to_page(std::span<const experiment> experiments, const std::string& command);

} // namespace poetry::race
