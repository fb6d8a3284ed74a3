#pragma once

#include "client/race/plan/setting.hpp"

#include <optional>

namespace poetry::race {

/// The wall clock of a client in which that much overlaps, by closed forms: the sum of its
/// downloads when it takes one after another, the longest of them when it overlaps them, and never
/// less than the work divided by the cores that may do it. Nothing is predicted where there are
/// neither pauses nor work, for poems that may or may not fit into the kernel's buffers, and for a
/// client of which nothing is known. `cores` is the number of cores of the machine.
std::optional<duration> predict(
  const setting& setting, std::optional<overlap> overlap, unsigned cores);

/// What all tasks of a setting take one after another: no client should take longer.
duration one_after_another(const setting& setting);

/// No client can be faster than the longest of a setting's downloads, and none need be slower than
/// their sum; zero where nothing is predicted.
struct bounds
{
  duration longest;
  duration sum;
};
bounds bounds_of(const setting& setting);

/// How many of the machine's `cores` a client may divide its work between.
std::uint64_t cores_for(const knobs& knobs, std::optional<overlap> overlap, unsigned cores);

} // namespace poetry::race
