#include "client/report/report.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/interruption.hpp"
#include "client/run/run.hpp"
#include "common/base64.hpp"
#include "common/output.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <asio/ip/host_name.hpp>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
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

/// `json` as one line. A poem's bytes never enter it, but a host's name does, and that may be
/// anything.
std::string dump(const json& json)
{
  return json.dump(-1, ' ', false, json::error_handler_t::replace);
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

json result(const run& run, std::span<const incoming_poem> poems)
{
  json result = summarise(run);
  auto& tasks = result["tasks"] = json::array();
  for (const incoming_poem& poem : poems)
    tasks.push_back(describe(run, poem));
  return result;
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

double microseconds(duration time)
{
  return std::chrono::duration<double, std::micro>(time).count();
}

/// Writes events, a line each: a trace of a million slices is never in memory as a whole.
class event_writer
{
public:
  event_writer(std::ostream& out, const run& run) : out_(out), run_(run) {}

  void write(const thread_log& log, unsigned number)
  {
    const auto process = log.child + 1;
    const auto thread = log.child == 0 ? number : 1;
    if (log.child != 0)
      name("process_name", process, 0, fmt::format("child {}", log.child));
    name("thread_name", process, thread, fmt::format("thread {}", number));
    for (const slice& slice : log.slices)
      event(R"({{"ph":"X","cat":"work","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f},)"
            R"("name":"task {}","args":{{"task":{},"bytes":{}}}}})",
        process, thread, at(slice.start), microseconds(slice.length), slice.task, slice.task,
        slice.bytes);
  }

  void write(const download& download)
  {
    if (download.start == download::never)
      return;
    const auto end = download.end == download::never ? download.start : download.end;
    event(R"({{"ph":"b","cat":"task","id":{0},"pid":1,"tid":1,"ts":{1:.3f},"name":"task {0}",)"
          R"("args":{{"server":{2}}}}})",
      download.task, at(download.start), dump(run_.server_of(download.task).name));
    event(R"({{"ph":"e","cat":"task","id":{0},"pid":1,"tid":1,"ts":{1:.3f},"name":"task {0}"}})",
      download.task, at(end));
  }

  void write_ticks(duration interval)
  {
    name("thread_name", 1, 0, "tick");
    auto due = run_.began();
    for (const duration late : run_.tick_lateness())
    {
      due += interval;
      event(R"({{"ph":"i","s":"p","cat":"tick","pid":1,"tid":0,"ts":{:.3f},"name":"tick",)"
            R"("args":{{"late_us":{:.3f}}}}})",
        at(due + late), microseconds(late));
    }
  }

  void name(const char* kind, unsigned process, unsigned thread, const std::string& name)
  {
    event(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"name":{}}}}})", process, thread,
      kind, dump(name));
  }

private:
  template <class... Values>
  void event(fmt::format_string<Values...> format, Values&&... values)
  {
    out_ << (first_ ? "\n" : ",\n");
    first_ = false;
    fmt::print(out_, format, std::forward<Values>(values)...);
  }

  double at(time_point time) const { return microseconds(time - run_.began()); }

  std::ostream& out_;
  const run& run_;
  bool first_ = true;
};

} // namespace

void report(const run& run, std::span<const incoming_poem> poems)
{
  announce_rest(poems);
  if (const duration stopped = time_stopped(); stopped != duration{})
    complain(
      fmt::format("get-poetry-{}: stopped for at most {:.3f} s; the times of this run include that",
        run.options().model, seconds(stopped)));
  if (run.options().json)
    return say(dump(result(run, poems)));
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

void write_trace(std::ostream& out, const run& run, std::span<const incoming_poem> poems,
  const std::string& command)
{
  std::error_code ignored;
  out << "{\"traceEvents\":[";
  event_writer events(out, run);
  events.name("process_name", 1, 0, fmt::format("get-poetry-{}", run.options().model));
  unsigned number = 0;
  for (const auto& log : run.logs())
    events.write(log, ++number);
  for (const download& download : run.downloads())
    events.write(download);
  if (run.options().tick)
    events.write_ticks(*run.options().tick);

  out << "\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":{\n\"result\":"
      << dump(result(run, poems));
  fmt::print(out,
    ",\n\"command\":{},\n\"host\":{},\n\"date\":\"{:%Y-%m-%dT%H:%M:%SZ}\",\n\"poems\":[",
    dump(command), dump(asio::ip::host_name(ignored)), fmt::gmtime(std::time(nullptr)));
  for (const incoming_poem& poem : poems)
    fmt::print(out, "{}\n{{\"task\":{},\"base64\":\"{}\"}}", &poem == poems.data() ? "" : ",",
      poem.record().task, to_base64(poem.text()));
  out << "\n]}}\n";
}

} // namespace poetry
