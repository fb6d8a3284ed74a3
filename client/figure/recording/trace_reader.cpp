#include "client/figure/recording/trace_reader.hpp"

#include "common/base64.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_map>

namespace poetry::figure {
namespace {

using json = nlohmann::ordered_json;

constexpr double longest_run = 366.0 * 86400 * 1e6; // us
constexpr double highest_task = 1e7;

[[noreturn]] void damaged(const std::string& what)
{
  throw std::runtime_error(what);
}

double number(const json& object, const char* key, double least, double most)
{
  const auto at = object.find(key);
  if (at == object.end() || !at->is_number())
    damaged(fmt::format("'{}' is not a number", key));
  const auto value = at->get<double>();
  if (!(value >= least && value <= most))
    damaged(fmt::format("'{}' is out of range", key));
  return value;
}

std::uint64_t whole_number(const json& object, const char* key, double least, double most)
{
  const auto value = number(object, key, least, most);
  if (value != std::floor(value))
    damaged(fmt::format("'{}' is not a whole number", key));
  return static_cast<std::uint64_t>(value);
}

std::string text(const json& object, const char* key)
{
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

const json& member(const json& object, const char* key)
{
  const auto at = object.is_object() ? object.find(key) : object.end();
  if (at == object.end() || !at->is_object())
    damaged(fmt::format("'{}' is missing or not an object", key));
  return *at;
}

/// The objects in an array, which may be missing.
const json& objects(const json& object, const char* key)
{
  static const auto none = json::array();
  const auto at = object.find(key);
  if (at == object.end() || !at->is_array())
    return none;
  if (!std::ranges::all_of(*at, &json::is_object))
    damaged(fmt::format("'{}' holds what is not an object", key));
  return *at;
}

/// A command without the folder of the program, as it can be typed on another machine.
std::string without_folder(const std::string& command)
{
  const bool is_quoted = command.starts_with('\'');
  const auto end = command.find(is_quoted ? '\'' : ' ', 1);
  const auto slash = command.rfind('/', end);
  if (slash == command.npos)
    return command;
  return command.substr(slash + 1, end - slash - 1) +
         (end == command.npos ? "" : command.substr(is_quoted ? end + 1 : end));
}

/// Reads the events of a trace one by one, then the rest of it.
class trace_reader
{
public:
  void event(const json& event)
  {
    if (!event.is_object())
      damaged("an event is not an object");
    const auto phase = text(event, "ph");
    const auto category = text(event, "cat");
    if (phase == "X" && category == "work")
      work(event);
    else if ((phase == "b" || phase == "e") && category == "task")
      task_edge(event, phase == "b");
    else if (phase == "i" && category == "tick")
      run_.ticks.push_back({number(event, "ts", 0, longest_run),
        number(member(event, "args"), "late_us", 0, longest_run)});
    else if (phase == "M" && text(event, "name") == "thread_name")
      run_.tracks[track_of(event)].name = text(member(event, "args"), "name");
  }

  recording finish(const json& rest)
  {
    const auto& other = member(rest, "otherData");
    const auto& result = member(other, "result");
    if (text(result, "schema") != "slowpoetry.run/1")
      damaged("its result is not a 'slowpoetry.run/1'");
    summary(other, result);
    for (const auto& told : objects(result, "tasks"))
    {
      auto& task = task_with(told, "task");
      task.status = text(told, "status");
      task.error = text(told, "error");
      if (task.server.empty())
        task.server = text(told, "server");
    }
    for (const auto& poem : objects(other, "poems"))
      read_poem(task_with(poem, "task"), poem);
    drop_idle_tracks();
    put_in_order();
    check_balance();
    return std::move(run_);
  }

private:
  std::uint32_t track_of(const json& event)
  {
    const std::pair key{static_cast<std::int64_t>(whole_number(event, "pid", 0, 1e12)),
      static_cast<std::int64_t>(whole_number(event, "tid", 0, 1e12))};
    const auto [at, is_new] =
      track_at_.try_emplace(key, static_cast<std::uint32_t>(run_.tracks.size()));
    if (is_new)
      run_.tracks.push_back({key.first, key.second, ""});
    return at->second;
  }

  task& task_with(const json& object, const char* key)
  {
    const auto number = whole_number(object, key, 1, highest_task);
    auto& task = tasks_[static_cast<std::uint32_t>(number)];
    task.number = number;
    return task;
  }

  void work(const json& event)
  {
    const auto& args = member(event, "args");
    const auto task = static_cast<std::uint32_t>(task_with(args, "task").number);
    run_.slices.push_back({track_of(event), task, number(event, "ts", 0, longest_run),
      number(event, "dur", 0, longest_run), whole_number(args, "bytes", 0, 1e15)});
  }

  void task_edge(const json& event, bool begins)
  {
    auto& task = task_with(event, "id");
    auto& edge = begins ? task.start : task.end;
    if (edge)
      damaged(fmt::format("task {} {} twice", task.number, begins ? "begins" : "ends"));
    edge = number(event, "ts", 0, longest_run);
    if (event.contains("args"))
      task.server = text(member(event, "args"), "server");
  }

  void summary(const json& other, const json& result)
  {
    const auto in_microseconds = [&](const char* key) {
      return result.contains(key) ? 1e6 * number(result, key, 0, longest_run / 1e6) : 0;
    };
    run_.model = text(result, "model");
    if (run_.model.empty())
      damaged("its result names no model");
    run_.seen_by_servers = text(result, "seen_by") == "servers";
    run_.wall = 1e6 * number(result, "wall_s", 0, longest_run / 1e6);
    run_.cpu = in_microseconds("cpu_user_s") + in_microseconds("cpu_system_s");
    run_.sum_of_tasks = in_microseconds("sum_task_s");
    run_.longest_task = in_microseconds("longest_task_s");
    run_.work = in_microseconds("work_s");
    run_.command = without_folder(text(other, "command"));
    run_.host = text(other, "host");
    run_.date = text(other, "date");
    run_.result = result.dump();
  }

  static void read_poem(task& task, const json& poem)
  {
    try
    {
      task.poem = from_base64(text(poem, "base64"));
    }
    catch (const std::runtime_error& error)
    {
      damaged(fmt::format("the poem of task {}: {}", task.number, error.what()));
    }
  }

  /// A thread that never worked for a task, such as the one of the timer, is in no figure.
  void drop_idle_tracks()
  {
    std::vector<bool> worked(run_.tracks.size());
    for (const auto& slice : run_.slices)
      worked[slice.track] = true;
    std::vector<std::uint32_t> place(run_.tracks.size());
    std::vector<track> kept;
    for (std::size_t i = 0; i < run_.tracks.size(); ++i)
      if (worked[i])
      {
        place[i] = static_cast<std::uint32_t>(kept.size());
        kept.push_back(std::move(run_.tracks[i]));
        if (kept.back().name.empty())
          kept.back().name = fmt::format("thread {}", kept.size());
      }
    run_.tracks = std::move(kept);
    for (auto& slice : run_.slices)
      slice.track = place[slice.track];
  }

  /// Sorts everything, and replaces the numbers of tasks by their places.
  void put_in_order()
  {
    std::unordered_map<std::uint32_t, std::uint32_t> place;
    for (auto& [number, task] : tasks_)
    {
      place[number] = static_cast<std::uint32_t>(run_.tasks.size());
      run_.tasks.push_back(std::move(task));
    }
    for (auto& slice : run_.slices)
      slice.task = place[slice.task];
    std::ranges::stable_sort(run_.slices, {}, &slice::start);
    std::ranges::stable_sort(run_.ticks, {}, &tick::at);
  }

  void check_balance() const
  {
    for (const auto& task : run_.tasks)
    {
      if (task.start.has_value() != task.end.has_value())
        damaged(fmt::format("task {} never {}", task.number, task.start ? "ends" : "begins"));
      if (task.start && *task.end < *task.start)
        damaged(fmt::format("task {} ends before it begins", task.number));
    }
    std::vector<microseconds> busy_until(run_.tracks.size());
    for (const auto& slice : run_.slices)
    {
      // Times are rounded: the last digit may be off by one.
      if (slice.start < busy_until[slice.track] - 1)
        damaged(fmt::format(
          "slices overlap in {} at {:.3f} us", run_.tracks[slice.track].name, slice.start));
      busy_until[slice.track] = std::max(busy_until[slice.track], slice.end());
      if (!run_.tasks[slice.task].start)
        damaged(fmt::format("task {} works but never begins", run_.tasks[slice.task].number));
    }
  }

  recording run_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> track_at_;
  std::map<std::uint32_t, task> tasks_; // by number, which is what slices hold until the end
};

recording parse(std::string_view trace)
{
  trace_reader reader;
  std::string part; // the member of the outermost object that is parsed
  // Events are read one by one while parsing: a tree of a million would need a gigabyte.
  const auto take = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > 64)
      damaged("it is nested too deeply");
    if (event == json::parse_event_t::key && depth == 1)
      part = parsed.get<std::string>();
    if (part != "traceEvents" || depth != 2 ||
        (event != json::parse_event_t::object_end && event != json::parse_event_t::value &&
          event != json::parse_event_t::array_end))
      return true;
    reader.event(parsed);
    return false;
  };
  try
  {
    const auto rest = json::parse(trace, take);
    if (!rest.is_object() || !rest.contains("traceEvents") || !rest["traceEvents"].is_array())
      damaged("it has no 'traceEvents'");
    return reader.finish(rest);
  }
  catch (const json::parse_error& error)
  {
    damaged(fmt::format("it is cut off or damaged at byte {}", error.byte));
  }
  catch (const json::exception&)
  {
    damaged("it holds a number or a text that is out of range");
  }
}

} // namespace

recording parse_recording(std::string_view trace, const std::string& name)
{
  try
  {
    return parse(trace);
  }
  catch (const std::runtime_error& error)
  {
    throw std::runtime_error(fmt::format("{}: not a recorded run: {}", name, error.what()));
  }
}

recording read_recording(const std::filesystem::path& file)
{
  std::ifstream stream(file, std::ios::binary);
  std::error_code error;
  std::string trace;
  if (!stream || std::filesystem::is_directory(file, error))
    throw std::runtime_error(fmt::format(
      "{}: cannot be read: {}", file.string(), stream ? "Is a directory" : std::strerror(errno)));
  trace.assign(std::istreambuf_iterator<char>(stream), {});
  return parse_recording(trace, file.string());
}

std::vector<recording> read_recordings(const std::vector<std::filesystem::path>& files)
{
  std::vector<recording> runs;
  std::size_t events = 0;
  for (const auto& file : files)
  {
    const auto& run = runs.emplace_back(read_recording(file));
    events += run.slices.size() + run.ticks.size() + run.tasks.size();
    if (events > most_events)
      throw std::runtime_error(fmt::format("{}: {} events{} are more than a figure can show ({}); "
                                           "Perfetto (ui.perfetto.dev) opens such traces",
        file.string(), events, runs.size() > 1 ? ", with those of the other runs," : "",
        most_events));
  }
  return runs;
}

} // namespace poetry::figure
