#pragma once

#include "server/lateness.hpp"

#include <array>
#include <string>
#include <string_view>

namespace poetry {

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

std::string_view to_text(ending ending);

/// What a server has done so far.
struct totals
{
  std::uint64_t readers = 0;
  std::array<std::uint64_t, 6> endings = {};
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
/// One JSON object, which also says when; durations are seconds.
std::string to_json(const totals& totals);

} // namespace poetry
