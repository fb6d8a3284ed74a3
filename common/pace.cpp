#include "common/pace.hpp"

namespace poetry {

std::uint64_t chunk_count(std::uint64_t poem_bytes, const pace& pace)
{
  return poem_bytes / pace.num_bytes + (poem_bytes % pace.num_bytes != 0 ? 1 : 0);
}

duration recital_time(std::uint64_t poem_bytes, const pace& pace)
{
  const std::uint64_t chunks = chunk_count(poem_bytes, pace);
  const auto delay = static_cast<std::uint64_t>(pace.delay.count());
  constexpr auto longest = static_cast<std::uint64_t>(duration::max().count());
  return delay != 0 && chunks > longest / delay
           ? duration::max()
           : duration(static_cast<duration::rep>(chunks * delay));
}

} // namespace poetry
