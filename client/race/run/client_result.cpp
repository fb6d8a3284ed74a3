#include "client/race/run/client_result.hpp"

#include "client/race/run/scratch.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

namespace poetry::race {
namespace {

using json = nlohmann::ordered_json;

constexpr std::uint64_t most_poem_bytes = 64 << 20;

/// Why a result is not that of every poem, complete and correct; empty when it is.
std::string fault_of(const json& result, const group& group, const std::string& model)
{
  if (result.at("schema") != "slowpoetry.run/1")
    return "its result is of another schema than slowpoetry.run/1";
  if (result.at("model") != model)
    return fmt::format("it calls itself {}", result.at("model").dump());
  const json& tasks = result.at("tasks");
  if (tasks.size() != group.tasks())
    return fmt::format("it reports {} of {}", tasks.size(), count_text(group.tasks(), "task"));
  for (std::size_t i = 0; i < tasks.size(); ++i)
  {
    const slow_poem& poem = group.poem_of(i);
    if (!poem.fault.empty())
      continue;
    const auto text = [&](const char* key) { return tasks[i].at(key).get<std::string>(); };
    if (text("status") != "complete")
      return fmt::format("task {} {}: {}", i + 1, text("status"), tasks[i].at("error").dump());
    if (text("server") != poem.server)
      return fmt::format("task {} went to {} instead of {}", i + 1, text("server"), poem.server);
    if (tasks[i].at("bytes") != poem.bytes)
      return fmt::format(
        "task {} got {} of {}", i + 1, tasks[i].at("bytes").dump(), count_text(poem.bytes, "byte"));
    if (text("crc32") != fmt::format("{:08x}", poem.crc32))
      return fmt::format("task {} got a wrong poem: its checksum is {}, that of the file {:08x}",
        i + 1, text("crc32"), poem.crc32);
  }
  return "";
}

} // namespace

measurement read_result(
  std::string_view text, const setting& setting, const group& group, const std::string& model)
{
  measurement result;
  try
  {
    const json summary = json::parse(text);
    result.wrong = fault_of(summary, group, model);
    if (!result.wrong.empty())
      return result;
    result.wall = summary.at("wall_s").get<double>();
    result.sum = summary.at("sum_task_s").get<double>();
    result.longest = summary.at("longest_task_s").get<double>();
    result.overlap = result.sum / result.wall;
    result.rss = summary.at("max_rss_bytes").get<double>();
    result.threads = summary.at("threads").get<double>();
    const json& tasks = summary.at("tasks");
    result.tasks = static_cast<double>(tasks.size());
    result.failed = 0;
    double bytes = 0;
    double last_good = 0;
    std::vector<double> ends;
    for (std::size_t i = 0; i < tasks.size(); ++i)
    {
      const slow_poem& poem = group.poem_of(i);
      ends.push_back(tasks[i].at("end_s").get<double>());
      if (poem.fault.empty())
        last_good = std::max(last_good, ends.back());
      result.failed += tasks[i].at("status") == "failed" ? 1 : 0;
      bytes += static_cast<double>(poem.bytes);
    }
    if (setting.knobs.work > duration{})
    {
      result.work = summary.at("work_s").get<double>();
      result.work_due = seconds(setting.knobs.work) * bytes / 10;
    }
    result.went_on = result.wall - last_good;
    std::ranges::sort(ends);
    if (ends.size() > 1)
      result.rest = ends[ends.size() - 2];
    if (const json& tick = summary.at("tick"); !tick.is_null())
    {
      result.ticks = tick.at("count").get<double>();
      result.tick_p99 = tick.at("p99_s").get<double>();
      result.tick_max = tick.at("max_s").get<double>();
    }
  }
  catch (const json::exception& error)
  {
    result.wrong = text.empty() ? "it printed no result" : "its result cannot be read";
  }
  return result;
}

std::string fault_of_folder(
  const std::filesystem::path& folder, const setting& setting, const std::vector<group>& groups)
try
{
  std::multiset<std::pair<std::uint64_t, std::uint32_t>> due;
  for (const group& group : groups)
  {
    for (std::size_t i = 0; i < group.tasks(); ++i)
      if (const slow_poem& poem = group.poem_of(i); poem.fault.empty())
        due.emplace(poem.bytes, poem.crc32);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
  {
    if (!entry.is_regular_file())
      continue;
    const auto text = read_file(entry.path().string(), most_poem_bytes);
    const auto found = due.find({text.size(), crc32_of(text)});
    if (found != due.end())
      due.erase(found);
    else if (!setting.knobs.faults) // which leave parts of poems
      return fmt::format(
        "{} in its {{out}} is none of the poems", entry.path().filename().string());
  }
  return due.empty() ? "" : fmt::format("{} of the poems not in its {{out}}", due.size());
}
catch (const std::system_error& error)
{
  return error.what();
}

std::string last_lines(std::string_view text)
{
  text = text.substr(0, text.find_last_not_of(" \n\r\t") + 1);
  auto begin = text.size();
  for (int line = 0; line < 3 && begin != text.npos; ++line)
    begin = begin == 0 ? text.npos : text.rfind('\n', begin - 1);
  return replace_controls(begin == text.npos ? text : text.substr(begin + 1),
    [](char c) { return c == '\n' ? "; " : "?"; });
}

measurement combined(const std::vector<measurement>& parts)
{
  measurement total = parts.front();
  for (const measurement& part : std::span(parts).subspan(1))
  {
    if (total.wrong.empty())
      total.wrong = part.wrong;
    for (const metric& metric : metrics)
      total.*metric.value = metric.combined(total.*metric.value, part.*metric.value);
  }
  total.overlap = total.sum / total.wall;
  return total;
}

} // namespace poetry::race
