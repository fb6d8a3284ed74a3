#pragma once

#include "client/race/plan/setting.hpp"

#include <optional>

namespace poetry::race {

/// The wall clock of a client in which that much overlaps, in seconds, by closed forms: the sum of
/// its downloads when it takes one after another, the longest of them when it overlaps them, and
/// never less than the work divided by the cores that may do it. NaN where nothing is predicted:
/// where there are neither pauses nor work, for poems that may or may not fit into the kernel's
/// buffers, and for a client of which nothing is known. `cores` is the number of cores of the
/// machine.
double predict(const setting& setting, std::optional<overlap> overlap, unsigned cores);

} // namespace poetry::race
