#include "client/race/plan/setting.hpp"

#include "client/models.hpp"
#include "client/race/plan/find_named.hpp"
#include "client/race/plan/measurement.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// A knob is a number or, with `time`, a duration.
struct knob
{
  std::string_view name;
  std::uint64_t knobs::*number = nullptr;
  std::uint64_t (*read)(std::string_view) = nullptr;
  std::uint64_t most = 0;
  duration knobs::*time = nullptr;
};

constexpr knob all_knobs[] = {
  {"tasks", &knobs::tasks, parse_count, 1'000'000},
  {"bytes", &knobs::bytes, parse_size, 64 << 20},
  {"num-bytes", &knobs::num_bytes, parse_size, 64 << 20},
  {.name = "delay", .time = &knobs::delay},
  {.name = "work", .time = &knobs::work},
  {"chain", &knobs::chain, parse_count, 100},
  {"slower", &knobs::slower, parse_count, 1000},
  {"cores", &knobs::cores, parse_count, 1024},
};

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
  return to_text(static_cast<double>(bytes), unit::bytes) + " of memory";
}

std::string processes_text(std::uint64_t count)
{
  return fmt::format("{} processes", count);
}

std::string files_text(std::uint64_t count)
{
  return count_text(count, "open file");
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b)
{
  return (a + b - 1) / b;
}

/// The sum of a number over all tasks.
std::uint64_t sum_over(const setting& setting, std::uint64_t (*number)(const slow_poem&))
{
  std::uint64_t sum = 0;
  for (const group& group : setting.groups)
  {
    for (const slow_poem& poem : group.poems)
      sum += group.repeat * number(poem);
  }
  return sum;
}

/// The first comes three times as fast as the others, and still takes longest.
std::vector<slow_poem> essay_poems(const knobs& knobs)
{
  std::vector<slow_poem> poems = {
    {"the-slow-train.txt", 3003, {30, knobs.delay}},
    {"the-kettle.txt", 623, {10, knobs.delay}},
    {"low-tide.txt", 653, {10, knobs.delay}},
  };
  for (slow_poem& poem : poems)
    poem.is_generated = false;
  return poems;
}

/// One is well, then one for each fault, and one that is well.
std::vector<slow_poem> faulty_poems(const slow_poem& poem)
{
  std::vector<slow_poem> poems;
  for (const char* fault : {"", "refuse", "reset", "truncate", "stall", ""})
    poems.emplace_back(poem).fault = fault;
  return poems;
}

/// The smallest number of ports that divides the tasks evenly or, if there is none, as few ports as
/// the limits allow.
std::uint64_t ports_for(std::uint64_t tasks, const machine_limits& limits)
{
  const std::uint64_t least = divide_up(tasks, limits.readers_per_port);
  std::uint64_t ports = least;
  while (ports <= most_servers && tasks % ports != 0)
    ++ports;
  return ports <= most_servers ? ports : least;
}

/// Spreads the tasks evenly over as few processes as the limits allow.
std::vector<group> split(const slow_poem& poem, std::uint64_t tasks, const machine_limits& limits)
{
  std::uint64_t processes = divide_up(tasks, limits.readers_per_process);
  std::vector<group> groups;
  for (std::uint64_t rest = tasks; rest > 0; rest -= groups.back().tasks())
  {
    const std::uint64_t share = std::min(rest / processes, limits.readers_per_process);
    const std::uint64_t ports = ports_for(share, limits);
    processes = std::max<std::uint64_t>(processes - 1, 1);
    groups.push_back({std::vector(ports, poem), share / ports, false});
  }
  return groups;
}

} // namespace

std::uint64_t group::good_tasks() const
{
  return repeat * static_cast<std::uint64_t>(std::ranges::count(poems, "", &slow_poem::fault));
}

void set_knob(knobs& knobs, std::string_view name, std::string_view text)
{
  const knob& knob = find_named(all_knobs, "parameter", name);
  if (knob.time)
  {
    knobs.*knob.time = parse_duration(text);
    if (knobs.*knob.time > 1min)
      throw usage_error(fmt::format("'{}' must be from 0 to 60s", text));
    return;
  }
  const bool is_all = name == "cores" && text == "all";
  knobs.*knob.number = is_all ? 0 : knob.read(text);
  if (!is_all && (knobs.*knob.number < 1 || knobs.*knob.number > knob.most))
    throw usage_error(fmt::format("'{}' must be from 1 to {}", text, knob.most));
}

std::uint64_t setting::tasks() const
{
  return sum_over(*this, [](const slow_poem&) -> std::uint64_t { return 1; });
}

std::uint64_t setting::chunks() const
{
  return sum_over(*this, [](const slow_poem& poem) { return chunk_count(poem.bytes, poem.pace); });
}

std::uint64_t setting::bytes() const
{
  return sum_over(*this, [](const slow_poem& poem) { return poem.bytes; });
}

setting make_setting(const knobs& knobs, std::string label, const machine_limits& limits)
{
  setting result{std::move(label), knobs, {}};
  const slow_poem poem{
    fmt::format("poem-of-{}-bytes.txt", knobs.bytes), knobs.bytes, {knobs.num_bytes, knobs.delay}};
  if (knobs.essay)
    result.groups = {{essay_poems(knobs)}};
  else if (knobs.faults)
    result.groups = {{faulty_poems(poem)}};
  else if (knobs.one_at_a_time)
    result.groups = {{{poem}, knobs.tasks}};
  else if (knobs.tasks > most_servers)
    result.groups = split(poem, knobs.tasks, limits);
  else
  {
    std::vector<slow_poem> poems(knobs.tasks, poem);
    poems.front().pace.delay *= static_cast<duration::rep>(knobs.slower);
    const auto chained = static_cast<std::ptrdiff_t>(std::min(knobs.chain, knobs.tasks));
    if (chained > 1)
      result.groups.push_back({{poems.begin(), poems.begin() + chained}, 1, true});
    if (chained == 1)
      result.groups.push_back({poems});
    else if (poems.begin() + chained != poems.end())
      result.groups.push_back({{poems.begin() + chained, poems.end()}});
  }
  for (std::size_t i = 0; i < result.groups.size(); ++i)
    result.groups[i].interface = fmt::format("127.0.{}.{}", i / 250, i % 250 + 1);
  return result;
}

std::string demand_text(const setting& setting)
{
  return fmt::format("about {}, {} and {}", memory_text(setting.tasks() * memory_per_task),
    files_text(setting.tasks() * files_per_task),
    processes_text(setting.groups.size() * processes_per_group));
}

void check_capacity(const setting& setting, const machine_limits& limits)
{
  const auto tasks = setting.tasks();
  const auto groups = setting.groups.size();
  // What is needed is `each` for every one of `count`, and `fixed`.
  const auto check = [&](std::uint64_t count, std::uint64_t each, std::uint64_t fixed,
                       std::uint64_t most, auto text, const char* whose, const char* remedy) {
    const auto needed = count * each + fixed;
    if (needed <= most)
      return;
    const auto fitting = most > fixed ? (most - fixed) / each * (tasks / count) : 0;
    throw usage_error(fmt::format("{} take {}{}, and there are {}; {}{}", count_text(tasks, "task"),
      text(needed), whose, text(most), remedy,
      fitting > 0 ? fmt::format(", or ask for some {} --tasks", fitting) : ""));
  };
  check(tasks, memory_per_task, 0, limits.memory, memory_text, "", "end other programs");
  check(tasks, files_per_task, 0, limits.files, files_text, " of the system",
    "raise sysctl fs.file-max");
  check(groups, own_files_per_group, own_files, limits.own_files, files_text, " of the race alone",
    "raise 'ulimit -n'");
  check(groups, processes_per_group, 0, limits.processes, processes_text, "",
    "raise 'ulimit -Hn', so that each holds more, or 'ulimit -u' and sysctl kernel.pid_max");
}

std::vector<group> groups_for(const setting& setting, std::optional<overlap> overlap)
{
  auto groups = setting.groups;
  if (overlap == poetry::overlap::nothing && groups.size() > 1 && groups.front().chained)
  {
    auto& poems = groups.front().poems;
    poems.insert(poems.end(), groups.back().poems.begin(), groups.back().poems.end());
    groups.pop_back();
  }
  return groups;
}

} // namespace poetry::race
