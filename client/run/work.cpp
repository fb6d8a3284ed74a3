#include "client/run/work.hpp"

#include <time.h>

namespace poetry {

duration thread_cpu_time()
{
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

duration burn(duration amount)
{
  const auto start = thread_cpu_time();
  duration burnt{};
  while (burnt < amount)
    burnt = thread_cpu_time() - start;
  return burnt;
}

} // namespace poetry
