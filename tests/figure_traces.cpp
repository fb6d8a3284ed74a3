#include "tests/figure_traces.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace poetry::testing {

using nlohmann::json;

std::string trace_of(
  const std::string& model, const std::vector<worked>& work, const std::vector<std::string>& poems)
{
  json events = json::array();
  std::map<int, std::pair<double, double>> spans;
  double wall = 0;
  for (const auto& piece : work)
  {
    events.push_back({{"ph", "X"}, {"cat", "work"}, {"pid", 1}, {"tid", piece.thread},
      {"ts", piece.start}, {"dur", piece.length}, {"name", "task " + std::to_string(piece.task)},
      {"args", {{"task", piece.task}, {"bytes", piece.bytes}}}});
    const auto end = piece.start + piece.length;
    const auto [span, is_new] = spans.try_emplace(piece.task, piece.start, end);
    span->second.first = std::min(span->second.first, piece.start);
    span->second.second = std::max(span->second.second, end);
    wall = std::max(wall, end);
  }
  json tasks = json::array();
  double sum = 0, longest = 0;
  for (const auto& [task, span] : spans)
  {
    const auto server = "127.0.0.1:" + std::to_string(9999 + task);
    events.push_back({{"ph", "b"}, {"cat", "task"}, {"id", task}, {"pid", 1}, {"tid", 1},
      {"ts", span.first}, {"name", "task"}, {"args", {{"server", server}}}});
    events.push_back({{"ph", "e"}, {"cat", "task"}, {"id", task}, {"pid", 1}, {"tid", 1},
      {"ts", span.second}, {"name", "task"}});
    tasks.push_back({{"task", task}, {"server", server}, {"status", "complete"}, {"error", nullptr},
      {"start_s", span.first / 1e6}, {"end_s", span.second / 1e6}});
    sum += span.second - span.first;
    longest = std::max(longest, span.second - span.first);
  }
  events.push_back({{"ph", "i"}, {"s", "p"}, {"cat", "tick"}, {"pid", 1}, {"tid", 1},
    {"ts", 100123.0}, {"name", "tick"}, {"args", {{"late_us", 123.0}}}});
  json texts = json::array();
  for (std::size_t i = 0; i < poems.size(); ++i)
    texts.push_back({{"task", i + 1}, {"base64", to_base64(poems[i])}});
  const json result{{"schema", "slowpoetry.run/1"}, {"model", model}, {"wall_s", wall / 1e6},
    {"sum_task_s", sum / 1e6}, {"longest_task_s", longest / 1e6}, {"cpu_user_s", 0.5},
    {"cpu_system_s", 0.125}, {"tasks", tasks}};
  return json{{"traceEvents", events}, {"displayTimeUnit", "ms"},
    {"otherData", {{"result", result}, {"poems", texts}, {"command", "get-poetry-" + model},
                    {"host", "a test"}, {"date", "2026-01-01"}}}}
    .dump();
}

std::vector<worked> one_after_another()
{
  std::vector<worked> work;
  double now = 0;
  for (int task = 1; task <= 3; ++task)
    for (int chunk = 0; chunk < 10; ++chunk, now += 100e3)
      work.push_back({1, task, now, chunk == 9 ? 100e3 : 20e3, 5});
  return work;
}

std::vector<worked> interleaved()
{
  std::vector<worked> work;
  for (int chunk = 0; chunk < 10; ++chunk)
    for (int task = 1; task <= 3; ++task)
      work.push_back({1, task, chunk * 100e3 + (task - 1) * 20e3, 20e3, 5});
  // The same work as one_after_another: each task's last piece there lasts 80 ms longer.
  for (int task = 1; task <= 3; ++task)
    work.push_back({1, task, 1000e3 + (task - 1) * 80e3, 80e3, 0});
  return work;
}

std::vector<worked> in_threads()
{
  std::vector<worked> work;
  for (int chunk = 0; chunk < 10; ++chunk)
    for (int task = 1; task <= 3; ++task)
      work.push_back({task, task, chunk * 100e3 + task * 10, 20e3, 5});
  return work;
}

} // namespace poetry::testing
