#include "client/report/report.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"
#include "common/text.hpp"

#include <asio/ip/host_name.hpp>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

using json = nlohmann::ordered_json;

namespace poetry {

void write_trace(std::ostream& out, const run& run, std::span<const incoming_poem> poems,
  const std::string& arguments)
{
  const auto program = fmt::format("get-poetry-{}", run.options().model);
  const auto microseconds = [](duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
  };
  const auto at = [&](time_point time) { return microseconds(time - run.began()); };
  // The name of a host, or of a file, may be anything.
  const auto dump = [](const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  // A line for each element: a trace of a million slices is never in memory as a whole.
  const char* separator = "\n";
  const auto write = [&](const json& element) {
    out << std::exchange(separator, ",\n") << dump(element);
  };

  out << "{\"traceEvents\":[";
  write({{"ph", "M"}, {"pid", 1}, {"name", "process_name"}, {"args", {{"name", program}}}});
  for (const incoming_poem& poem : poems)
  {
    const download& download = poem.record();
    const auto name = fmt::format("task {}", download.task);
    if (download.start == download::never)
      continue;
    write({{"ph", "b"}, {"cat", "task"}, {"id", download.task}, {"pid", 1}, {"tid", 1},
      {"ts", at(download.start)}, {"name", name},
      {"args", {{"server", run.server_of(download.task).name}}}});
    for (const slice& slice : poem.slices())
      write({{"ph", "X"}, {"cat", "work"}, {"pid", 1}, {"tid", slice.thread},
        {"ts", at(slice.start)}, {"dur", microseconds(slice.length)}, {"name", name},
        {"args", {{"task", download.task}, {"bytes", slice.bytes}}}});
    write({{"ph", "e"}, {"cat", "task"}, {"id", download.task}, {"pid", 1}, {"tid", 1},
      {"ts", at(download.end)}, {"name", name}});
  }
  auto due = run.began();
  for (const duration late : run.tick_lateness())
  {
    due += *run.options().tick;
    write({{"ph", "i"}, {"s", "p"}, {"cat", "tick"}, {"pid", 1}, {"tid", 0}, {"ts", at(due + late)},
      {"name", "tick"}, {"args", {{"late_us", microseconds(late)}}}});
  }

  std::error_code ignored;
  out << "\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":{\n\"result\":"
      << result_json(run, poems) << ",\n\"command\":" << dump(program + " " + arguments)
      << ",\n\"host\":" << dump(asio::ip::host_name(ignored)) << ",\n\"date\":"
      << dump(fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))))
      << ",\n\"poems\":[";
  separator = "\n";
  for (const incoming_poem& poem : poems)
    write({{"task", poem.record().task}, {"base64", to_base64(poem.text())}});
  out << "\n]}}\n";
}

} // namespace poetry
