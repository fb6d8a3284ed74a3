#include "server/descriptor_limit.hpp"

#include <sys/resource.h>

namespace poetry {

std::uint64_t readers_within_descriptor_limit(std::uint64_t listeners)
{
  constexpr std::uint64_t for_everything_else = 32;
  ::rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  ::rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
    limit = raised;
  const std::uint64_t used = listeners + for_everything_else;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 1;
}

} // namespace poetry
