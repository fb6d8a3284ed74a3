#pragma once

#include "common/duration.hpp"

#include <cstdint>

namespace poetry {

/// What this program and its ended children have cost so far, by the kernel's accounting; what the
/// same process cost before exec does not count.
struct process_cost
{
  duration user{};
  duration system{};
  /// In bytes, of this process alone: VmHWM, because `ru_maxrss` survives exec and may be the
  /// launcher's; `ru_maxrss` only where there is no /proc.
  std::uint64_t peak_memory = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};

process_cost measure_cost();

/// This process's share of the memory it holds, in bytes: pages shared with others count in parts
/// (Pss). Without /proc, its peak memory.
std::uint64_t measure_memory_share();

/// How much CPU time the calling thread has used: time in which others ran does not count.
duration thread_cpu_time();

/// Keeps the calling thread's CPU busy for `amount` of that time; returns what it really took.
duration burn(duration amount);

} // namespace poetry
