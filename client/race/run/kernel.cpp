#include "client/race/run/kernel.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <sys/resource.h>

namespace poetry::race {
namespace {

std::string read_setting(const std::string& name)
{
  std::ifstream file("/proc/sys/" + name);
  std::string line;
  std::getline(file, line);
  return line.empty() ? "unknown" : line;
}

/// The last of the three numbers that a buffer's setting consists of.
double largest_buffer(const std::string& name)
{
  std::istringstream numbers(read_setting(name));
  double least = 0;
  double initial = 0;
  double most = 0;
  numbers >> least >> initial >> most;
  return most;
}

rlimit limit_of(__rlimit_resource resource)
{
  rlimit limit = {};
  ::getrlimit(resource, &limit);
  return limit;
}

} // namespace

void raise_descriptor_limit()
{
  rlimit limit = limit_of(RLIMIT_NOFILE);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::uint64_t longest_backlog()
{
  std::uint64_t connections = 0;
  std::istringstream(read_setting("net/core/somaxconn")) >> connections;
  return connections;
}

process_limits limits_here()
{
  // A process needs some descriptors for itself.
  constexpr rlim_t own = 100;
  const rlim_t most = limit_of(RLIMIT_NOFILE).rlim_max;
  process_limits result;
  result.readers_per_process = most > 2 * own ? most - own : own;
  result.readers_per_port =
    std::clamp<std::uint64_t>(longest_backlog(), 1, result.readers_per_port);
  return result;
}

std::string describe_buffers()
{
  constexpr double mebibyte = 1 << 20;
  return fmt::format("The kernel keeps at most {:.0f} MiB for a sender and {:.0f} MiB for a reader "
                     "(net.ipv4.tcp_wmem, net.ipv4.tcp_rmem).",
    largest_buffer("net/ipv4/tcp_wmem") / mebibyte, largest_buffer("net/ipv4/tcp_rmem") / mebibyte);
}

std::string explain_limit(const std::string& error)
{
  const auto speaks_of = [&](const char* words) { return error.find(words) != std::string::npos; };
  if (speaks_of("Too many open files"))
    return fmt::format("the limit is on open files, {} for a process and {} for the system; "
                       "'ulimit -Hn' and sysctl fs.file-max raise it",
      limit_of(RLIMIT_NOFILE).rlim_max, read_setting("fs/file-max"));
  if (speaks_of("Cannot assign requested address"))
    return fmt::format("the limit is on local ports, {}; sysctl net.ipv4.ip_local_port_range "
                       "raises it",
      read_setting("net/ipv4/ip_local_port_range"));
  if (speaks_of("Cannot allocate memory") || speaks_of("No buffer space"))
    return fmt::format("the limit is on memory; for connections it is {} pages (low, pressure, "
                       "high), which sysctl net.ipv4.tcp_mem raises",
      read_setting("net/ipv4/tcp_mem"));
  if (speaks_of("Resource temporarily unavailable"))
    return fmt::format(
      "the limit is on threads and processes, {} for a user and {} for the system; "
      "'ulimit -u' and sysctl kernel.threads-max raise it",
      limit_of(RLIMIT_NPROC).rlim_max, read_setting("kernel/threads-max"));
  return "";
}

} // namespace poetry::race
