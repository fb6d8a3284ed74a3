#pragma once

#include "common/duration.hpp"

#include <cstdint>

namespace poetry {

/// How slowly a poem is sent: `num_bytes`, then a pause, until the poem is over.
struct pace
{
  std::uint64_t num_bytes = 10;
  duration delay = std::chrono::milliseconds(100);

  bool operator==(const pace&) const = default;
};

/// The number of chunks a poem of `poem_bytes` is sent in: ceil(B / n).
inline std::uint64_t chunk_count(std::uint64_t poem_bytes, const pace& pace)
{
  return poem_bytes / pace.num_bytes + (poem_bytes % pace.num_bytes != 0 ? 1 : 0);
}

/// How long a download lasts: ceil(B / n) * d, because chunk 0 goes out at once and a pause follows
/// every chunk, the last one too; at most `duration::max()` (292 years). Every prediction this
/// project prints is made of this formula.
inline duration recital_time(std::uint64_t poem_bytes, const pace& pace)
{
  const std::uint64_t chunks = chunk_count(poem_bytes, pace);
  const bool is_too_long =
    pace.delay != duration{} && chunks > static_cast<std::uint64_t>(duration::max() / pace.delay);
  return is_too_long ? duration::max() : static_cast<duration::rep>(chunks) * pace.delay;
}

} // namespace poetry
