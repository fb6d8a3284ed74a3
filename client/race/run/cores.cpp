#include "client/race/run/cores.hpp"

#include "client/run/work.hpp"
#include "common/duration.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// CPU time this thread gets until `end`.
duration spin_until(time_point end)
{
  const auto before = thread_cpu_time();
  while (clock::now() < end)
    continue;
  return thread_cpu_time() - before;
}

} // namespace

unsigned cores_here()
{
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return std::max(std::thread::hardware_concurrency(), 1U);
  return static_cast<unsigned>(CPU_COUNT(&allowed));
}

double effective_cores()
{
  const auto begin = clock::now();
  const auto end = begin + 100ms;
  duration other{};
  std::thread thread([&] { other = spin_until(end); });
  const duration own = spin_until(end);
  thread.join();
  return seconds(own + other) / seconds(end - begin);
}

} // namespace poetry::race
