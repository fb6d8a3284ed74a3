#include "client/race/run/machine.hpp"

#include "client/run/process_cost.hpp"
#include "common/duration.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <numeric>
#include <sched.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

std::string read_setting(const std::string& name)
{
  std::ifstream file("/proc/sys/" + name);
  std::string line;
  std::getline(file, line);
  std::ranges::replace(line, '\t', ' ');
  return line.empty() ? "unknown" : line;
}

/// The number in a file of the system; `otherwise` where there is no such file, or no number in it.
std::uint64_t number_in(const char* path, std::uint64_t otherwise)
{
  std::uint64_t number = 0;
  return std::ifstream(path) >> number ? number : otherwise;
}

/// What is left of a limit when so much is in use.
std::uint64_t left_of(std::uint64_t limit, std::uint64_t used)
{
  return limit > used ? limit - used : 0;
}

/// Of the machine or, in a container, of what that may use.
std::uint64_t available_memory()
{
  std::uint64_t available = unlimited;
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;)
  {
    if (name == "MemAvailable:" && file >> available)
      available *= 1024;
  }
  const auto most = number_in("/sys/fs/cgroup/memory.max", unlimited);
  return std::min(available, left_of(most, number_in("/sys/fs/cgroup/memory.current", 0)));
}

rlimit limit_of(__rlimit_resource resource)
{
  rlimit limit = {};
  ::getrlimit(resource, &limit);
  return limit;
}

} // namespace

unsigned cores_here()
{
  cpu_set_t allowed = {};
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  return static_cast<unsigned>(std::max(CPU_COUNT(&allowed), 1));
}

double effective_cores(unsigned threads)
{
  const auto begin = clock::now();
  const auto end = begin + 100ms;
  std::vector<duration> got(threads);
  {
    std::vector<std::jthread> spinning;
    spinning.reserve(threads);
    for (duration& time : got)
      spinning.emplace_back([&time, end] {
        while (clock::now() < end)
          time = thread_cpu_time();
      });
  }
  return seconds(std::accumulate(got.begin(), got.end(), duration{})) / seconds(end - begin);
}

machine_time machine_time_now()
{
  machine_time time;
  // cpu user nice system idle iowait irq softirq steal ..
  std::ifstream stat("/proc/stat");
  std::string word;
  stat >> word;
  const duration tick = duration(1s) / ::sysconf(_SC_CLK_TCK);
  for (int column = 0; column < 8; ++column)
  {
    std::int64_t ticks = 0;
    stat >> ticks;
    if (column != 3 && column != 4)
      time.busy += ticks * tick;
    if (column == 7)
      time.stolen = ticks * tick;
  }
  // some avg10=.. avg60=.. avg300=.. total=MICROSECONDS, an average over the cores
  std::ifstream pressure("/proc/pressure/cpu");
  while (pressure >> word && !word.starts_with("total="))
    continue;
  time.pressure = pressure ? std::chrono::microseconds(std::stoll(word.substr(6))) *
                               ::sysconf(_SC_NPROCESSORS_ONLN)
                           : time.busy;
  return time;
}

thread_time thread_time_of(pid_t process)
{
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  std::int64_t turns = 0;
  std::ifstream(fmt::format("/proc/{}/schedstat", process)) >> ran >> waited >> turns;
  return {std::chrono::nanoseconds(ran), std::chrono::nanoseconds(waited), turns};
}

duration longest_delay(const run_times& times)
{
  const auto known = times.client + times.servers;
  const bool is_all = seconds(times.client.ran) >= 0.9 * seconds(times.client_cpu);
  // The client's other threads waited, too, at most whenever any thread on the machine did.
  double delay =
    seconds(known.waited + times.machine.stolen) + (is_all ? 0 : seconds(times.machine.pressure));
  // Some turns are waited for longer than others.
  const double turn =
    2 * seconds(known.waited) / static_cast<double>(std::max<std::int64_t>(known.turns, 1));
  if (times.turns * turn < delay)
    delay = times.turns * turn;
  const auto taken = seconds(times.machine.busy - times.client_cpu - times.servers.ran);
  delay = std::clamp(taken / times.cores, 0.0, delay);
  return std::chrono::round<duration>(std::chrono::duration<double>(delay));
}

machine_limits limits_here()
{
  machine_limits result;
  // A process needs some descriptors for itself.
  constexpr rlim_t own = 100;
  const rlim_t most = limit_of(RLIMIT_NOFILE).rlim_max;
  result.readers_per_process = most > 2 * own ? most - own : own;
  const auto backlog = number_in("/proc/sys/net/core/somaxconn", 1);
  result.readers_per_port = std::clamp<std::uint64_t>(backlog, 1, result.readers_per_port);
  result.memory = available_memory();
  result.own_files = limit_of(RLIMIT_NOFILE).rlim_cur;
  result.files =
    left_of(number_in("/proc/sys/fs/file-max", unlimited), number_in("/proc/sys/fs/file-nr", 0));
  result.processes = std::min<std::uint64_t>(
    limit_of(RLIMIT_NPROC).rlim_cur, number_in("/proc/sys/kernel/pid_max", unlimited));
  return result;
}

std::uint64_t trackable_connections()
{
  return left_of(number_in("/proc/sys/net/netfilter/nf_conntrack_max", unlimited),
    number_in("/proc/sys/net/netfilter/nf_conntrack_count", 0));
}

std::string with_limit(const std::string& error)
{
  const auto open_files = fmt::format("open files, {} for a process and {} for the system; "
                                      "'ulimit -Hn' and sysctl fs.file-max raise it",
    limit_of(RLIMIT_NOFILE).rlim_max, read_setting("fs/file-max"));
  const auto ports = fmt::format("local ports, {}; sysctl net.ipv4.ip_local_port_range raises it",
    read_setting("net/ipv4/ip_local_port_range"));
  const auto memory = fmt::format("memory; for connections it is {} pages (low, pressure, high), "
                                  "which sysctl net.ipv4.tcp_mem raises",
    read_setting("net/ipv4/tcp_mem"));
  const auto processes = fmt::format("threads and processes, {} for a user and {} for the system; "
                                     "'ulimit -u' and sysctl kernel.threads-max raise it",
    limit_of(RLIMIT_NPROC).rlim_max, read_setting("kernel/threads-max"));
  for (const auto& [words, limit] : {std::pair("Too many open files", open_files),
         {"Cannot assign requested address", ports}, {"Cannot allocate memory", memory},
         {"No buffer space", memory}, {"Resource temporarily unavailable", processes}})
  {
    if (error.find(words) != std::string::npos)
      return fmt::format("{}; the limit is on {}", error, limit);
  }
  return error;
}

} // namespace poetry::race
