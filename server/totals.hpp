#pragma once

#include "common/duration.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace poetry {

/// A histogram of how late chunks were, in constant memory: the width of a bucket is at most 1/32
/// of the values in it.
class lateness
{
public:
  void add(duration late);

  std::uint64_t count() const { return count_; }
  duration max() const { return max_; }
  /// The lateness that a share (0.5, 0.99) of all did not exceed, at most 1/32 too high; zero when
  /// there are none.
  duration quantile(double share) const;

private:
  std::array<std::uint64_t, std::size_t(60)* 32> buckets_ = {};
  std::uint64_t count_ = 0;
  duration max_ = duration::zero();
};

/// How a connection ended.
enum class ending
{
  whole,   ///< the poem was read to its end
  left,    ///< the reader closed it, or it broke
  dropped, ///< the reader took nothing for as long as the write timeout
  stopped, ///< the server was told to stop
  faulted, ///< the server ended it early on purpose
  refused  ///< the system could not watch one more descriptor
};

/// The name of each `ending`.
inline constexpr std::array<std::string_view, 6> ending_names = {
  "whole", "left", "dropped", "stopped", "faulted", "refused"};

/// What a server has done so far.
struct totals
{
  std::uint64_t readers = 0;
  /// The most readers at once; one counts from accept to FIN or RST.
  std::uint64_t peak_readers = 0;
  std::array<std::uint64_t, ending_names.size()> endings = {};
  std::uint64_t still_connected = 0;
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;
  /// How often accepting was paused because the system had no more descriptors or memory.
  std::uint64_t accepting_paused = 0;
  /// Lines that the log could not take.
  std::uint64_t log_lines_dropped = 0;
  poetry::lateness lateness;

  std::uint64_t& of(ending ending) { return endings[static_cast<std::size_t>(ending)]; }
};

/// One line of text.
std::string to_text(const totals& totals);

} // namespace poetry
