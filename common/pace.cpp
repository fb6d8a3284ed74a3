#include "common/pace.hpp"

namespace poetry {

std::uint64_t chunk_count(std::uint64_t poem_bytes, const pace& pace)
{
  return poem_bytes / pace.num_bytes + (poem_bytes % pace.num_bytes != 0 ? 1 : 0);
}

duration recital_time(std::uint64_t poem_bytes, const pace& pace)
{
  return static_cast<duration::rep>(chunk_count(poem_bytes, pace)) * pace.delay;
}

} // namespace poetry
