#pragma once

#include "client/race/plan/setting.hpp"

#include <optional>
#include <string_view>

namespace poetry::race {

/// The wall clock a model should show, by the closed forms alone: the sum of its downloads for
/// whoever takes one after another, the longest of them for whoever overlaps them, and never less
/// than the work there is for the cores that may do it. Nothing where nothing can be said: without
/// pauses and without work, for poems that may or may not fit the kernel's buffers, and for models
/// unknown here. `cores` is the number of cores of the machine.
std::optional<duration> predict(const setting& setting, std::string_view model, unsigned cores);

/// What all tasks of a setting take one after another: no model should take longer.
duration one_after_another(const setting& setting);

/// How many of the machine's `cores` a run of `model` may divide its work between.
std::uint64_t cores_for(const knobs& knobs, std::string_view model, unsigned cores);

} // namespace poetry::race
