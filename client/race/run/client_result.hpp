#pragma once

#include "client/race/plan/measurement.hpp"
#include "common/duration.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// What a client must have downloaded from a server, each time it went there.
struct expected_poem
{
  std::string server;
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;
};

/// What a client was asked to do, as far as its result must show it.
struct expected_result
{
  std::string model;
  /// Task i downloads from the i-th of these, beginning anew after the last.
  std::vector<expected_poem> poems;
  std::uint64_t tasks = 0;
  duration work{};
  duration tick{};
  /// What its longest poem takes to be recited: no client can have it sooner.
  duration longest{};
  /// How many cores its work may be divided between.
  std::uint64_t cores = 1;
};

/// Reads a client's JSON summary. Whatever is missing, incomplete, or not byte for byte what the
/// server served makes the measurement wrong, and says so: so do ticks that were skipped, and a
/// wall clock that no client can have.
measurement read_result(std::string_view json, const expected_result& expected);

/// One measurement of several processes that ran side by side: what they cost adds up, their wall
/// clock is that of the last. The first that is wrong makes the whole wrong.
measurement combined(const std::vector<measurement>& parts);

} // namespace poetry::race
