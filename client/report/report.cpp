#include "client/report/report.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"
#include "common/interruption.hpp"
#include "common/output.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

// Keys stay in the order the schema lists them.
using json = nlohmann::ordered_json;

namespace poetry {
namespace {

/// A control character becomes Unicode's picture of it, or the replacement character where there is
/// none (U+0080 to U+009F, which some terminals obey, also as single bytes); line ends stay.
std::string make_visible(std::string_view text)
{
  std::string picture;
  return replace_controls(text, [&](char control) -> std::string_view {
    const auto code = static_cast<unsigned char>(control);
    picture = code == '\n'   ? "\n"
              : code == 0x7f ? "\u2421"
              : code > 0x7f  ? "\ufffd"
                             : fmt::format("\xe2\x90{}", static_cast<char>(0x80 + code));
    return picture;
  });
}

json describe_ticks(const run& run)
{
  if (!run.options().tick)
    return {};
  auto late = run.tick_lateness();
  std::ranges::sort(late);
  const auto quantile = [&](std::size_t percent) {
    const auto rank = std::min(late.size() * percent / 100, late.size() - 1);
    return late.empty() ? 0 : seconds(late[rank]);
  };
  return {
    {"interval_s", seconds(*run.options().tick)},
    {"count", late.size()},
    {"p50_s", quantile(50)},
    {"p99_s", quantile(99)},
    {"max_s", quantile(100)},
  };
}

/// The run's result, an object of the schema `slowpoetry.run/1`, still without its tasks.
json summarise(const run& run)
{
  std::map<download_status, std::size_t> ended;
  std::uint64_t bytes = 0;
  duration sum{};
  duration longest{};
  duration work{};
  time_point last = run.began();
  for (const download& download : run.downloads())
  {
    ++ended[download.status];
    bytes += download.bytes;
    sum += download.time();
    longest = std::max(longest, download.time());
    work += download.work;
    last = std::max(last, download.end);
  }
  const duration wall = last - run.began();
  const process_cost& cost = run.cost();
  return {
    {"schema", "slowpoetry.run/1"},
    {"model", run.options().model},
    {"threads", run.counts().threads.load()},
    {"ok", ended[download_status::complete]},
    {"failed", ended[download_status::failed]},
    {"cancelled", ended[download_status::cancelled]},
    {"bytes", bytes},
    {"wall_s", seconds(wall)},
    {"sum_task_s", seconds(sum)},
    {"longest_task_s", seconds(longest)},
    {"overlap", wall > duration{} ? seconds(sum) / seconds(wall) : 0.0},
    {"cpu_user_s", seconds(cost.user)},
    {"cpu_system_s", seconds(cost.system)},
    {"max_rss_bytes", cost.peak_memory + run.counts().child_memory},
    {"switches_voluntary", cost.voluntary_switches},
    {"switches_involuntary", cost.involuntary_switches},
    {"work_s", seconds(work)},
    {"tick", describe_ticks(run)},
  };
}

json describe(const run& run, const incoming_poem& poem)
{
  const download& download = poem.record();
  const auto since_start = [&](time_point time) {
    return time == download::never ? json() : json(seconds(time - run.began()));
  };
  return {
    {"task", download.task},
    {"server", run.server_of(download.task).name},
    {"status", to_text(download.status)},
    {"bytes", download.bytes},
    {"crc32", fmt::format("{:08x}", download.crc32)},
    {"reads", download.reads},
    {"connect_s", since_start(download.connected)},
    {"first_byte_s", since_start(download.first_byte)},
    {"start_s", since_start(download.start)},
    {"end_s", since_start(download.end)},
    {"error", download.error ? json(poem.describe_error()) : json()},
  };
}

/// Announces the downloads that have not been announced yet, in the order in which they ended.
void announce_rest(std::span<const incoming_poem> poems)
{
  std::vector<const incoming_poem*> rest;
  for (const incoming_poem& poem : poems)
  {
    if (!poem.record().announced)
      rest.push_back(&poem);
  }
  std::ranges::stable_sort(rest, {}, [](auto* poem) { return poem->record().end; });
  for (const incoming_poem* poem : rest)
    poem->announce();
}

} // namespace

std::string result_json(const run& run, std::span<const incoming_poem> poems)
{
  json result = summarise(run);
  auto& tasks = result["tasks"] = json::array();
  for (const incoming_poem& poem : poems)
    tasks.push_back(describe(run, poem));
  // A poem's bytes never enter it, but a host's name does, and that may be anything.
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

void report(const run& run, std::span<const incoming_poem> poems)
{
  announce_rest(poems);
  if (const duration stopped = time_stopped(); stopped != duration{})
    complain(
      fmt::format("get-poetry-{}: stopped for at most {:.3f} s; the times of this run include that",
        run.options().model, seconds(stopped)));
  if (run.options().json)
    return say(result_json(run, poems));
  if (!run.options().print)
    poems = {};
  for (const incoming_poem& poem : poems)
    say(fmt::format("Task {}: the poem\n{}", poem.record().task, make_visible(poem.text())));
  const json sums = summarise(run);
  if (run.options().tick)
  {
    const json& tick = sums["tick"];
    const auto milliseconds = [&](const char* key) { return tick[key].get<double>() * 1e3; };
    say(fmt::format(
      "Tick every {}: {} ticks, late by {:.3f} ms (median), {:.3f} ms (p99), {:.3f} ms (worst).",
      to_text(*run.options().tick), run.tick_lateness().size(), milliseconds("p50_s"),
      milliseconds("p99_s"), milliseconds("max_s")));
  }
  say(fmt::format(
    "Got {} of {} poems, {} bytes, in {:.3f} s. One after another: {:.3f} s. Overlap: {:.2f}x.",
    sums["ok"].get<std::size_t>(), run.downloads().size(), sums["bytes"].get<std::uint64_t>(),
    sums["wall_s"].get<double>(), sums["sum_task_s"].get<double>(), sums["overlap"].get<double>()));
}

} // namespace poetry
