#pragma once

#include "client/figure/page/page.hpp"
#include "client/race/plan/experiment.hpp"

#include <span>

namespace poetry::race {

// What the terminal aligns and the page shows as HTML: the same rows, numbers and words.

/// What was measured: a row for each contender at each point.
figure::table results_of(const experiment& experiment);

/// The claims of several experiments, those in which asynchronous wins apart from those in which it
/// does not; `with_others`: the latter also of scenarios that did not run.
figure::table claims_of(std::span<const experiment> experiments, bool with_others = false);

} // namespace poetry::race
