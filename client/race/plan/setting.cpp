#include "client/race/plan/setting.hpp"

#include "client/models.hpp"
#include "common/number.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <numeric>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

std::uint64_t in_range(std::uint64_t value, std::uint64_t least, std::uint64_t most)
{
  if (value < least || value > most)
    throw usage_error(fmt::format("it must be from {} to {}", least, most));
  return value;
}

duration read_time(std::string_view text)
{
  const duration value = parse_duration(text);
  if (value > 1min)
    throw usage_error("it must be from 0 to 60s");
  return value;
}

struct knob
{
  std::string_view name;
  void (*set)(knobs&, std::string_view value);
};

constexpr std::uint64_t most_bytes = 64 << 20;

constexpr knob all_knobs[] = {
  {"tasks",
    [](knobs& k, std::string_view value) { k.tasks = in_range(parse_count(value), 1, 1'000'000); }},
  {"bytes",
    [](knobs& k, std::string_view value) { k.bytes = in_range(parse_size(value), 1, most_bytes); }},
  {"num-bytes",
    [](knobs& k, std::string_view value) {
      k.num_bytes = in_range(parse_size(value), 1, most_bytes);
    }},
  {"delay", [](knobs& k, std::string_view value) { k.delay = read_time(value); }},
  {"work", [](knobs& k, std::string_view value) { k.work = read_time(value); }},
  {"chain",
    [](knobs& k, std::string_view value) { k.chain = in_range(parse_count(value), 1, 100); }},
  {"slower",
    [](knobs& k, std::string_view value) { k.slower = in_range(parse_count(value), 1, 1000); }},
  {"cores",
    [](knobs& k, std::string_view value) {
      k.cores = value == "all" ? 0 : in_range(parse_count(value), 1, 1024);
    }},
};

constexpr auto names = [] {
  std::array<std::string_view, std::size(all_knobs)> result;
  std::ranges::transform(all_knobs, result.begin(), &knob::name);
  return result;
}();

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b)
{
  return (a + b - 1) / b;
}

/// The poems of the essay: the first is recited three times as fast, and is still the longest.
std::vector<recital> essay_poems(const knobs& knobs)
{
  return {
    {"the-slow-train.txt", 3003, {30, knobs.delay}},
    {"the-kettle.txt", 623, {10, knobs.delay}},
    {"low-tide.txt", 653, {10, knobs.delay}},
  };
}

/// As many ports as divide the tasks between them, or if there is no such number, as few as the
/// limits allow.
std::uint64_t ports_for(std::uint64_t tasks, const process_limits& limits)
{
  const std::uint64_t least = divide_up(tasks, limits.readers_per_port);
  std::uint64_t ports = least;
  while (ports <= most_servers && tasks % ports != 0)
    ++ports;
  return ports <= most_servers ? ports : least;
}

/// As many tasks as `knobs` asks for, in as few processes as the limits allow, and as many in each
/// of them as in any other.
std::vector<group> split(const knobs& knobs, const process_limits& limits)
{
  const recital poem{"", knobs.bytes, {knobs.num_bytes, knobs.delay}};
  std::uint64_t processes = divide_up(knobs.tasks, limits.readers_per_process);
  std::vector<group> groups;
  for (std::uint64_t rest = knobs.tasks; rest > 0; rest -= groups.back().tasks())
  {
    const std::uint64_t share = std::min(rest / processes, limits.readers_per_process);
    const std::uint64_t ports = ports_for(share, limits);
    processes = std::max<std::uint64_t>(processes - 1, 1);
    groups.push_back({std::vector(ports, poem), share / ports, false});
  }
  return groups;
}

} // namespace

std::span<const std::string_view> knob_names()
{
  return names;
}

void turn(knobs& knobs, std::string_view name, std::string_view text)
{
  const auto found = std::ranges::find(all_knobs, name, &knob::name);
  if (found == std::end(all_knobs))
    throw usage_error(
      fmt::format("there is no '{}' to vary; write one of {}", name, fmt::join(names, ", ")));
  found->set(knobs, text);
}

std::uint64_t setting::tasks() const
{
  return std::transform_reduce(
    groups.begin(), groups.end(), std::uint64_t{0}, std::plus<>(), std::mem_fn(&group::tasks));
}

std::uint64_t setting::chunks() const
{
  std::uint64_t count = 0;
  for (const group& group : groups)
  {
    for (const recital& recital : group.recitals)
      count += group.repeat * chunk_count(recital.bytes, recital.pace);
  }
  return count;
}

std::uint64_t setting::bytes() const
{
  std::uint64_t sum = 0;
  for (const group& group : groups)
  {
    for (const recital& recital : group.recitals)
      sum += group.repeat * recital.bytes;
  }
  return sum;
}

setting make_setting(const knobs& knobs, std::string label, const process_limits& limits)
{
  setting result{std::move(label), knobs, {}};
  const recital poem{"", knobs.bytes, {knobs.num_bytes, knobs.delay}};
  if (knobs.essay)
    result.groups = {{essay_poems(knobs)}};
  else if (knobs.one_at_a_time)
    result.groups = {{{poem}, knobs.tasks}};
  else if (knobs.tasks > most_servers)
    result.groups = split(knobs, limits);
  else
  {
    std::vector<recital> recitals(knobs.tasks, poem);
    recitals.front().pace.delay *= static_cast<duration::rep>(knobs.slower);
    const auto chained = static_cast<std::ptrdiff_t>(std::min(knobs.chain, knobs.tasks));
    if (chained > 1)
      result.groups.push_back({{recitals.begin(), recitals.begin() + chained}, 1, true});
    if (chained == 1)
      result.groups.push_back({recitals});
    else if (recitals.begin() + chained != recitals.end())
      result.groups.push_back({{recitals.begin() + chained, recitals.end()}});
  }
  return result;
}

std::vector<group> groups_for(const setting& setting, std::string_view model)
{
  if (find_model(model).overlap != overlap::nothing || setting.groups.size() == 1 ||
      !setting.groups.front().chained)
    return setting.groups;
  group all = setting.groups.front();
  for (std::size_t i = 1; i < setting.groups.size(); ++i)
  {
    const auto& more = setting.groups[i].recitals;
    all.recitals.insert(all.recitals.end(), more.begin(), more.end());
  }
  return {all};
}

} // namespace poetry::race
