#include "client/report/report.hpp"

#include "client/poem/announcement.hpp"
#include "client/poem/incoming_poem.hpp"
#include "client/run/interruption.hpp"
#include "client/run/run.hpp"
#include "common/output.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

// Keys stay in the order the schema lists them.
using json = nlohmann::ordered_json;

namespace poetry {
namespace {

struct totals
{
  std::size_t complete = 0;
  std::size_t failed = 0;
  std::size_t cancelled = 0;
  std::uint64_t bytes = 0;
  duration sum{};
  duration longest{};
  duration wall{};
  duration work{};

  double overlap() const { return wall > duration{} ? seconds(sum) / seconds(wall) : 0; }
};

totals add_up(const run& run)
{
  totals result;
  time_point last = run.began();
  for (const download& download : run.downloads())
  {
    result.complete += download.status == download_status::complete;
    result.failed += download.status == download_status::failed;
    result.cancelled += download.status == download_status::cancelled;
    result.bytes += download.bytes;
    result.sum += download.time();
    result.longest = std::max(result.longest, download.time());
    result.work += download.work;
    last = std::max(last, download.end);
  }
  result.wall = last - run.began();
  return result;
}

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

struct tick_summary
{
  duration median{};
  duration p99{};
  duration worst{};
};

tick_summary summarise(const tick& tick)
{
  auto late = tick.lateness();
  if (late.empty())
    return {};
  std::ranges::sort(late);
  return {late[late.size() / 2], late[late.size() * 99 / 100], late.back()};
}

json since(time_point began, time_point time)
{
  return time == download::never ? json() : json(seconds(time - began));
}

json describe(const run& run, const download& download)
{
  return {
    {"task", download.task},
    {"server", run.server_of(download.task).name},
    {"status", to_text(download.status)},
    {"bytes", download.bytes},
    {"crc32", fmt::format("{:08x}", download.crc32)},
    {"reads", download.reads},
    {"connect_s", since(run.began(), download.connected)},
    {"first_byte_s", since(run.began(), download.first_byte)},
    {"start_s", since(run.began(), download.start)},
    {"end_s", since(run.began(), download.end)},
    {"error", download.error ? json(describe_error(run, download)) : json()},
  };
}

json describe(const tick* tick)
{
  if (tick == nullptr)
    return {};
  const tick_summary summary = summarise(*tick);
  return {
    {"interval_s", seconds(tick->interval())},
    {"count", tick->lateness().size()},
    {"p50_s", seconds(summary.median)},
    {"p99_s", seconds(summary.p99)},
    {"max_s", seconds(summary.worst)},
  };
}

json describe(const run& run)
{
  const totals totals = add_up(run);
  const process_cost& cost = run.cost();
  json tasks = json::array();
  for (const download& download : run.downloads())
    tasks.push_back(describe(run, download));
  return {
    {"schema", "slowpoetry.run/1"},
    {"model", run.options().model},
    {"threads", run.counts().threads.load()},
    {"ok", totals.complete},
    {"failed", totals.failed},
    {"cancelled", totals.cancelled},
    {"bytes", totals.bytes},
    {"wall_s", seconds(totals.wall)},
    {"sum_task_s", seconds(totals.sum)},
    {"longest_task_s", seconds(totals.longest)},
    {"overlap", totals.overlap()},
    {"cpu_user_s", seconds(cost.user)},
    {"cpu_system_s", seconds(cost.system)},
    {"max_rss_bytes", cost.peak_memory + run.counts().child_memory},
    {"switches_voluntary", cost.voluntary_switches},
    {"switches_involuntary", cost.involuntary_switches},
    {"work_s", seconds(totals.work)},
    {"tick", describe(run.tick())},
    {"tasks", std::move(tasks)},
  };
}

/// Announces the downloads that have not been announced yet, in the order in which they ended.
void announce_rest(const run& run)
{
  std::vector<download*> rest;
  for (download& download : run.downloads())
  {
    if (!download.announced)
      rest.push_back(&download);
  }
  std::ranges::stable_sort(rest, {}, &download::end);
  for (download* download : rest)
    announce(run, *download);
}

} // namespace

std::string result(const run& run)
{
  // A poem's bytes never enter it, but a host's name does, and that may be anything.
  return describe(run).dump(-1, ' ', false, json::error_handler_t::replace);
}

void report(const run& run, std::span<const incoming_poem> poems)
{
  announce_rest(run);
  if (const auto stopped = time_stopped(); stopped.total != duration{})
    complain(
      fmt::format("get-poetry-{}: stopped for {:.3f} s{}; the times of this run include that",
        run.options().model, seconds(stopped.total), stopped.is_exact ? "" : " at most"));
  if (run.options().json)
    return say(result(run));
  if (!run.options().print)
    poems = {};
  for (const incoming_poem& poem : poems)
    say(fmt::format("Task {}: the poem\n{}", poem.record().task, make_visible(poem.text())));
  const totals totals = add_up(run);
  if (run.tick() != nullptr)
  {
    const auto summary = summarise(*run.tick());
    say(fmt::format(
      "Tick every {}: {} ticks, late by {:.3f} ms (median), {:.3f} ms (p99), {:.3f} ms (worst).",
      to_text(run.tick()->interval()), run.tick()->lateness().size(), seconds(summary.median) * 1e3,
      seconds(summary.p99) * 1e3, seconds(summary.worst) * 1e3));
  }
  say(fmt::format(
    "Got {} of {} poems, {} bytes, in {:.3f} s. One after another: {:.3f} s. Overlap: {:.2f}x.",
    totals.complete, run.downloads().size(), totals.bytes, seconds(totals.wall),
    seconds(totals.sum), totals.overlap()));
}

} // namespace poetry
