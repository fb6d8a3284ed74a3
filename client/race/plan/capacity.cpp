#include "client/race/plan/capacity.hpp"

#include "common/program.hpp"
#include "common/text.hpp"

#include <fmt/format.h>

namespace poetry::race {
namespace {

constexpr std::uint64_t memory_per_task = 10'500;
/// A connection has two ends.
constexpr std::uint64_t files_per_task = 2;
/// A server, a client and its supervisor.
constexpr std::uint64_t processes_per_group = 3;
/// The race watches these processes and keeps what they write; some files are its own.
constexpr std::uint64_t own_files_per_group = 7;
constexpr std::uint64_t own_files = 20;

std::string memory_text(std::uint64_t bytes)
{
  return bytes_text(static_cast<double>(bytes)) + " of memory";
}

std::string processes_text(std::uint64_t count)
{
  return fmt::format("{} processes", count);
}

std::string files_text(std::uint64_t count)
{
  return count_text(count, "open file");
}

} // namespace

std::string demand_text(const setting& setting)
{
  return fmt::format("about {}, {} and {}", memory_text(setting.tasks() * memory_per_task),
    files_text(setting.tasks() * files_per_task),
    processes_text(setting.groups.size() * processes_per_group));
}

void check_capacity(const setting& setting, const machine_limits& limits)
{
  const auto check = [&](std::uint64_t needed, std::uint64_t most, auto text, const char* whose,
                       const char* remedy) {
    if (needed <= most)
      return;
    const double share = static_cast<double>(most) / static_cast<double>(needed);
    throw usage_error(
      fmt::format("{} take {}{}, and there are {}; {}, or ask for some {:.0f} --tasks",
        count_text(setting.tasks(), "task"), text(needed), whose, text(most), remedy,
        share * static_cast<double>(setting.tasks())));
  };
  const auto groups = setting.groups.size();
  check(setting.tasks() * memory_per_task, limits.memory, memory_text, "", "end other programs");
  check(setting.tasks() * files_per_task, limits.files, files_text, " of the system",
    "raise sysctl fs.file-max");
  check(groups * own_files_per_group + own_files, limits.own_files, files_text,
    " of the race alone", "raise 'ulimit -n'");
  check(groups * processes_per_group, limits.processes, processes_text, "",
    "raise 'ulimit -Hn', so that each holds more, or 'ulimit -u' and sysctl kernel.pid_max");
}

} // namespace poetry::race
