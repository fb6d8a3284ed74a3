#include "client/race/cores.hpp"

#include "common/duration.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>
#include <time.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

double thread_seconds()
{
  timespec now = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// CPU time this thread gets until `end`.
double spin_until(time_point end)
{
  const double before = thread_seconds();
  while (clock::now() < end)
    continue;
  return thread_seconds() - before;
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
  double other = 0;
  std::thread thread([&] { other = spin_until(end); });
  const double own = spin_until(end);
  thread.join();
  return (own + other) / seconds(end - begin);
}

} // namespace poetry::race
