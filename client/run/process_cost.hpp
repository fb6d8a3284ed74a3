#pragma once

#include "common/duration.hpp"

#include <cstdint>

namespace poetry {

/// What this process has cost so far, by the kernel's accounting; its ended children included.
struct process_cost
{
  duration user;
  duration system;
  /// In bytes, of this process alone: VmHWM, for `ru_maxrss` survives exec and would report whoever
  /// started us.
  std::uint64_t peak_memory = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};

process_cost measure_cost();

/// This process's share of the memory it holds, in bytes: pages shared with others count in parts
/// (Pss).
std::uint64_t measure_memory_share();

} // namespace poetry
