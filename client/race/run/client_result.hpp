#pragma once

#include "client/race/plan/measurement.hpp"
#include "client/race/run/scratch.hpp"
#include "common/duration.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// What a client was asked to do, as far as its result shows it.
struct expected_result
{
  std::string model;
  /// Task i downloads the i-th of these, starting again after the last.
  std::vector<served_poem> poems;
  /// How often each is downloaded.
  std::uint64_t repeat = 1;
  duration work{};

  const served_poem& poem_of(std::size_t task) const { return poems[task % poems.size()]; }
  std::uint64_t tasks() const { return poems.size() * repeat; }
  /// How many tasks have a server that is well, and whether others have not.
  std::uint64_t good() const;
  bool may_fail() const { return good() < tasks(); }
};

/// Reads a client's JSON summary. Whatever is missing, incomplete, or not byte for byte what the
/// server served makes the measurement wrong.
measurement read_result(std::string_view json, const expected_result& expected);

/// What is wrong with the poems that were written into a folder under any names, one for each task;
/// empty when nothing is.
std::string fault_of_folder(
  const std::filesystem::path& folder, const std::vector<expected_result>& expected);

/// The last three lines of what a program wrote, as one line without control characters.
std::string last_lines(std::string_view text);

/// One measurement of several processes that ran at the same time: their costs add up, their wall
/// clock is that of the last. The first that is wrong makes the whole wrong.
measurement combined(const std::vector<measurement>& parts);

} // namespace poetry::race
