#include "client/figure/recording/trace_reader.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace poetry::figure {
namespace {

using json = nlohmann::ordered_json;

constexpr microseconds longest_run = 366.0 * 86400 * 1e6; // a year

using damaged = std::runtime_error;

/// What an object has under `key`, or null, also when it is no object.
const json& member(const json& object, const char* key)
{
  static const json nothing;
  const auto at = object.find(key);
  return at == object.end() ? nothing : *at;
}

double number(const json& object, const char* key, double most = longest_run)
{
  const auto& value = member(object, key);
  if (!value.is_number() || value < 0 || value > most)
    throw damaged(fmt::format("'{}' is not a number from 0 to {:.0f}", key, most));
  return value.get<double>();
}

std::uint32_t whole_number(const json& object, const char* key)
{
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  const auto& value = member(object, key);
  if (!value.is_number_unsigned() || value > most)
    throw damaged(fmt::format("'{}' is not a whole number from 0 to {}", key, most));
  return value.get<std::uint32_t>();
}

/// A time, which the trace has in seconds; nothing where it was never reached.
std::optional<microseconds> time_in(const json& object, const char* key)
{
  if (member(object, key).is_null())
    return std::nullopt;
  return 1e6 * number(object, key, longest_run / 1e6);
}

std::string text(const json& object, const char* key)
{
  const auto& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

/// Reads the events of a trace one by one, then the rest of it.
class trace_reader
{
public:
  void event(const json& event)
  {
    const auto& phase = member(event, "ph");
    const auto& category = member(event, "cat");
    const auto& args = member(event, "args");
    if (phase == "X" && category == "work")
      run_.slices.push_back({thread_of(event), whole_number(args, "task"), number(event, "ts"),
        number(event, "dur"), whole_number(args, "bytes")});
    else if (phase == "i" && category == "tick")
      run_.ticks.push_back({number(event, "ts"), number(args, "late_us")});
  }

  recording finish(const json& rest)
  {
    const auto& other = member(rest, "otherData");
    const auto& result = member(other, "result");
    const auto seconds = [&](const char* key) { return time_in(result, key).value_or(0); };
    if (member(result, "schema") != "slowpoetry.run/1")
      throw damaged("its result is not a 'slowpoetry.run/1'");
    run_.model = text(result, "model");
    if (run_.model.empty())
      throw damaged("its result names no model");
    run_.seen_by_servers = member(result, "seen_by") == "servers";
    run_.wall = 1e6 * number(result, "wall_s", longest_run / 1e6);
    run_.cpu = seconds("cpu_user_s") + seconds("cpu_system_s");
    run_.sum_of_tasks = seconds("sum_task_s");
    run_.work = seconds("work_s");
    run_.command = text(other, "command");
    run_.host = text(other, "host");
    run_.date = text(other, "date");
    run_.threads = threads_.size();
    run_.result = result.dump();
    for (const auto& entry : member(result, "tasks"))
      add_task(entry);
    if (run_.tasks.empty())
      throw damaged("it has no task");
    for (const auto& poem : member(other, "poems"))
      run_.tasks[index_of(whole_number(poem, "task"))].poem = from_base64(text(poem, "base64"));
    put_slices_in_order();
    std::ranges::stable_sort(run_.ticks, {}, &tick::at);
    return std::move(run_);
  }

private:
  /// A thread that never works for a task, such as the one of the timer, is in no figure.
  std::uint32_t thread_of(const json& event)
  {
    const std::pair id{whole_number(event, "pid"), whole_number(event, "tid")};
    return threads_.try_emplace(id, threads_.size()).first->second;
  }

  void add_task(const json& entry)
  {
    const auto number = whole_number(entry, "task");
    if (number != run_.tasks.size() + 1)
      throw damaged(fmt::format("task {} is out of order", number));
    const auto& task = run_.tasks.emplace_back(figure::task{.server = text(entry, "server"),
      .status = text(entry, "status"),
      .error = text(entry, "error"),
      .start = time_in(entry, "start_s"),
      .end = time_in(entry, "end_s")});
    if (task.start > task.end) // also when it has no end
      throw damaged(fmt::format("task {} does not end after it began", number));
  }

  /// Where the task with this number is in `run_.tasks`.
  std::uint32_t index_of(std::uint32_t number) const
  {
    if (number == 0 || number > run_.tasks.size())
      throw damaged(fmt::format("its result knows no task {}", number));
    return number - 1;
  }

  /// Sorts the slices, and replaces the numbers of their tasks by their places.
  void put_slices_in_order()
  {
    std::ranges::stable_sort(run_.slices, {}, &slice::start);
    std::vector<microseconds> busy_until(run_.threads);
    for (auto& slice : run_.slices)
    {
      // Times are rounded: the last digit may be off by one.
      if (slice.start < busy_until[slice.thread] - 1)
        throw damaged(
          fmt::format("slices overlap in thread {} at {:.3f} us", slice.thread + 1, slice.start));
      busy_until[slice.thread] = std::max(busy_until[slice.thread], slice.end());
      slice.task = index_of(slice.task);
      if (!run_.tasks[slice.task].start)
        throw damaged(fmt::format("task {} works but never begins", slice.task + 1));
    }
  }

  recording run_; // its slices hold the numbers of their tasks until they are put in order
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> threads_; // by process, thread
};

} // namespace

recording parse_recording(std::string_view trace, const std::string& name)
{
  trace_reader reader;
  std::string part; // the member of the outermost object that is parsed
  // Events are read one by one while parsing: a tree of a million would need a gigabyte.
  const auto take = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > 64)
      throw damaged("it is nested too deeply");
    if (depth == 1 && event == json::parse_event_t::key)
      part = parsed.get<std::string>();
    if (depth != 2 || event != json::parse_event_t::object_end || part != "traceEvents")
      return true;
    reader.event(parsed);
    return false;
  };
  const auto refused = [&](const std::string& why) {
    return std::runtime_error(fmt::format("{}: not a recorded run: {}", name, why));
  };
  try
  {
    const auto rest = json::parse(trace, take);
    if (!member(rest, "traceEvents").is_array())
      throw damaged("it has no 'traceEvents'");
    return reader.finish(rest);
  }
  catch (const json::parse_error& error)
  {
    throw refused(fmt::format("it is cut off or damaged at byte {}", error.byte));
  }
  catch (const json::exception&)
  {
    throw refused("it holds a number or a text that is out of range");
  }
  catch (const damaged& error)
  {
    throw refused(error.what());
  }
}

recording read_recording(const std::filesystem::path& file)
{
  const auto all = std::numeric_limits<std::uint64_t>::max();
  return parse_recording(read_file(file.string(), all), file.string());
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
