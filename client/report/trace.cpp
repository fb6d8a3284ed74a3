#include "client/report/trace.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/report/report.hpp"
#include "client/run/run.hpp"
#include "common/base64.hpp"

#include <asio/ip/host_name.hpp>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <ostream>

namespace poetry {
namespace {

/// Foreign text, such as a host's name, as a JSON string.
std::string quoted(const std::string& text)
{
  return nlohmann::ordered_json(text).dump(
    -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
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

  void write(const recorder::thread_log& log, unsigned number)
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
      download.task, at(download.start), quoted(run_.server_of(download.task).name));
    event(R"({{"ph":"e","cat":"task","id":{0},"pid":1,"tid":1,"ts":{1:.3f},"name":"task {0}"}})",
      download.task, at(end));
  }

  void write(const tick& tick)
  {
    name("thread_name", 1, 0, "tick");
    auto due = run_.began();
    for (const duration late : tick.lateness())
    {
      due += tick.interval();
      event(R"({{"ph":"i","s":"p","cat":"tick","pid":1,"tid":0,"ts":{:.3f},"name":"tick",)"
            R"("args":{{"late_us":{:.3f}}}}})",
        at(due + late), microseconds(late));
    }
  }

  void name(const char* kind, unsigned process, unsigned thread, const std::string& name)
  {
    event(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"name":{}}}}})", process, thread,
      kind, quoted(name));
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

void write_trace(std::ostream& out, const run& run, std::span<const incoming_poem> poems,
  const std::string& command)
{
  std::error_code ignored;
  out << "{\"traceEvents\":[";
  event_writer events(out, run);
  events.name("process_name", 1, 0, fmt::format("get-poetry-{}", run.options().model));
  unsigned number = 0;
  for (const auto& log : run.recorder()->logs())
    events.write(log, ++number);
  for (const download& download : run.downloads())
    events.write(download);
  if (run.tick() != nullptr)
    events.write(*run.tick());

  out << "\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":{\n\"result\":" << result(run);
  fmt::print(out,
    ",\n\"command\":{},\n\"host\":{},\n\"date\":\"{:%Y-%m-%dT%H:%M:%SZ}\",\n\"poems\":[",
    quoted(command), quoted(asio::ip::host_name(ignored)), fmt::gmtime(std::time(nullptr)));
  for (const incoming_poem& poem : poems)
    fmt::print(out, "{}\n{{\"task\":{},\"base64\":\"{}\"}}", &poem == poems.data() ? "" : ",",
      poem.record().task, to_base64(poem.text()));
  out << "\n]}}\n";
}

} // namespace poetry
