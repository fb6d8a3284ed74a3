#include "client/run/process_cost.hpp"

#include <fstream>
#include <string>
#include <sys/resource.h>
#include <time.h>

namespace poetry {
namespace {

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
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

process_cost count_so_far()
{
  process_cost cost{};
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN})
  {
    rusage usage = {};
    ::getrusage(who, &usage);
    cost.user += to_duration(usage.ru_utime);
    cost.system += to_duration(usage.ru_stime);
    cost.voluntary_switches += static_cast<std::uint64_t>(usage.ru_nvcsw);
    cost.involuntary_switches += static_cast<std::uint64_t>(usage.ru_nivcsw);
  }
  return cost;
}

/// What the process, and its children, had cost when this program began: the counters survive exec.
const process_cost cost_at_start = count_so_far();

} // namespace

process_cost measure_cost()
{
  process_cost cost = count_so_far();
  cost.user -= cost_at_start.user;
  cost.system -= cost_at_start.system;
  cost.voluntary_switches -= cost_at_start.voluntary_switches;
  cost.involuntary_switches -= cost_at_start.involuntary_switches;
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
