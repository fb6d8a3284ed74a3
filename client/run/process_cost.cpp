#include "client/run/process_cost.hpp"

#include <fstream>
#include <map>
#include <string>
#include <sys/resource.h>
#include <time.h>

namespace poetry {
namespace {

rusage usage_of(int who)
{
  rusage usage = {};
  ::getrusage(who, &usage);
  return usage;
}

/// The counters survive exec: so much was used when this program began.
const std::map<int, rusage> at_start = {
  {RUSAGE_SELF, usage_of(RUSAGE_SELF)}, {RUSAGE_CHILDREN, usage_of(RUSAGE_CHILDREN)}};

/// A value from /proc, in bytes; without /proc, the peak memory that the kernel accounts for.
std::uint64_t read_kilobytes(const char* path, const std::string& key)
{
  std::ifstream file(path);
  for (std::string word; file >> word;)
  {
    std::uint64_t kilobytes = 0;
    if (word == key && file >> kilobytes)
      return kilobytes * 1024;
  }
  return static_cast<std::uint64_t>(usage_of(RUSAGE_SELF).ru_maxrss) * 1024;
}

} // namespace

process_cost measure_cost()
{
  process_cost cost{};
  for (const auto& [who, before] : at_start)
  {
    const rusage now = usage_of(who);
    cost.user += to_duration(now.ru_utime) - to_duration(before.ru_utime);
    cost.system += to_duration(now.ru_stime) - to_duration(before.ru_stime);
    cost.voluntary_switches += static_cast<std::uint64_t>(now.ru_nvcsw - before.ru_nvcsw);
    cost.involuntary_switches += static_cast<std::uint64_t>(now.ru_nivcsw - before.ru_nivcsw);
  }
  cost.peak_memory = read_kilobytes("/proc/self/status", "VmHWM:");
  return cost;
}

std::uint64_t measure_memory_share()
{
  return read_kilobytes("/proc/self/smaps_rollup", "Pss:");
}

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
