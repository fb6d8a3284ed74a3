#include "client/figure/page/page_data.hpp"

#include "client/figure/drawing/thinning.hpp"
#include "client/figure/drawing/words.hpp"
#include "common/base64.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace poetry::figure {
namespace {

using nlohmann::json;

// Together these keep the data of a page under about 3 MB, of all its runs.
constexpr std::size_t most_slices = 80000;
constexpr std::size_t most_tasks = 6000;
constexpr std::size_t most_task_bytes = 850000;
constexpr std::size_t most_result_tasks = 1000; // more are left out: the tasks tell the same
constexpr std::size_t most_ticks = 20000;
constexpr std::size_t most_poetry = 600000;
constexpr std::size_t longest_poem = 20000;
constexpr std::size_t shortest_poem = 40;
constexpr std::size_t busy_steps = 600;
constexpr std::size_t longest_results = 400000;

/// Poems as base64, each text once: the same poem is fetched by every model, and often. When the
/// shelf is full, only beginnings are kept.
class poem_shelf
{
public:
  std::size_t place_of(const std::string& whole)
  {
    auto poem = whole.substr(0, longest_poem);
    if (!place_.contains(poem) && poem.size() > room_)
      poem.resize(std::min(poem.size(), shortest_poem));
    const auto [at, is_new] = place_.try_emplace(poem, poems_.size());
    if (is_new)
    {
      poems_.push_back(to_base64(poem));
      room_ -= std::min(room_, poem.size());
    }
    return at->second;
  }

  json take() { return std::move(poems_); }

private:
  std::map<std::string, std::size_t> place_;
  json poems_ = json::array();
  std::size_t room_ = most_poetry;
};

struct shares
{
  std::size_t slices;
  std::size_t tasks;
  std::size_t task_bytes;
  std::size_t result_tasks;
  std::size_t ticks;
};

/// How many of the tasks fit, with what is said of each of them.
std::size_t tasks_that_fit(const recording& run, const shares& most)
{
  constexpr std::size_t of_each = 120; // names of values, times
  std::size_t bytes = 0;
  for (const auto& task : run.tasks)
    bytes += of_each + task.server.size() + task.error.size();
  const auto share =
    static_cast<double>(most.task_bytes) / static_cast<double>(std::max(bytes, most.task_bytes));
  return std::min(
    most.tasks, std::max<std::size_t>(
                  1, static_cast<std::size_t>(share * static_cast<double>(run.tasks.size()))));
}

/// The slices of the chosen tasks; those of a task that lie closer than needed put together.
std::vector<slice> slices_of(
  const recording& run, const std::vector<std::int64_t>& place, std::size_t most)
{
  std::vector<slice> all;
  for (const auto& slice : run.slices)
    if (place[slice.task] >= 0)
      all.push_back(slice);
  auto kept = all;
  for (double apart = run.wall / 2000; kept.size() > most && apart <= 2 * run.wall; apart *= 2)
  {
    kept.clear();
    std::vector<std::int64_t> last(run.tasks.size(), -1);
    for (const auto& slice : all)
    {
      auto& at = last[slice.task];
      if (at >= 0 && slice.start < kept[static_cast<std::size_t>(at)].start + apart)
      {
        kept[static_cast<std::size_t>(at)].bytes += slice.bytes;
        continue;
      }
      at = static_cast<std::int64_t>(kept.size());
      kept.push_back(slice);
    }
  }
  return kept;
}

double tenths(microseconds time)
{
  return std::round(time * 10) / 10;
}

json columns_of(const std::vector<slice>& slices, const std::vector<std::int64_t>& place)
{
  json columns{{"ts", json::array()}, {"dur", json::array()}, {"task", json::array()},
    {"bytes", json::array()}, {"track", json::array()}};
  for (const auto& slice : slices)
  {
    columns["ts"].push_back(tenths(slice.start));
    columns["dur"].push_back(tenths(slice.length));
    columns["task"].push_back(place[slice.task]);
    columns["bytes"].push_back(slice.bytes);
    columns["track"].push_back(slice.track);
  }
  return columns;
}

/// For each of `busy_steps` equal parts of the run, the share of it that its threads worked: slices
/// put together no longer tell.
json busy_shares(const recording& run)
{
  std::vector<double> busy(busy_steps);
  const auto step = std::max(run.wall, 1.0) / busy_steps;
  for (const auto& slice : run.slices)
    for (auto from = slice.start; from < slice.end();)
    {
      const auto at = std::min(static_cast<std::size_t>(from / step), busy_steps - 1);
      const auto until = at + 1 < busy_steps
                           ? std::min(slice.end(), static_cast<double>(at + 1) * step)
                           : slice.end();
      busy[at] += until - from;
      from = std::max(until, std::nextafter(from, slice.end()));
    }
  auto shares = json::array();
  const auto available = step * static_cast<double>(std::max<std::size_t>(run.tracks.size(), 1));
  for (const auto time : busy)
    shares.push_back(std::round(std::min(time / available, 1.0) * 1000) / 1000);
  return shares;
}

json time_or_null(const std::optional<microseconds>& time)
{
  return time ? json(tenths(*time)) : json();
}

/// What the first scenario predicts for a model, in seconds.
json prediction_for(const page_content& content, const std::string& model)
{
  if (!content.scenarios.empty())
    for (const auto& row : content.scenarios.front().rows)
      if (row.model == model && row.setting == content.recorded_setting && row.predicted_s)
        return *row.predicted_s;
  return nullptr;
}

json run_data(const recording& run, const std::string& label, shares most, poem_shelf& shelf)
{
  const auto chosen = evenly_spread(run.tasks.size(), tasks_that_fit(run, most));
  std::vector<std::int64_t> place(run.tasks.size(), -1);
  json tasks = json::array();
  for (const auto i : chosen)
  {
    const auto& task = run.tasks[i];
    place[i] = static_cast<std::int64_t>(tasks.size());
    tasks.push_back({{"number", task.number}, {"server", task.server}, {"status", task.status},
      {"error", task.error}, {"start", time_or_null(task.start)}, {"end", time_or_null(task.end)},
      {"bytes", task.poem.size()}, {"poem", shelf.place_of(task.poem)}});
  }
  const auto slices = slices_of(run, place, most.slices);
  json ticks{{"ts", json::array()}, {"late", json::array()}};
  for (const auto& tick : latest_ticks(run.ticks, most.ticks))
  {
    ticks["ts"].push_back(tenths(tick.at));
    ticks["late"].push_back(tenths(tick.late));
  }
  json tracks = json::array();
  for (const auto& track : run.tracks)
    if (tracks.size() < most.tasks)
      tracks.push_back({{"pid", track.process}, {"tid", track.thread}, {"name", track.name}});
  auto result = json::parse(run.result, nullptr, false);
  if (run.tasks.size() > most.result_tasks && result.is_object())
    result.erase("tasks");
  json thinned;
  if (chosen.size() < run.tasks.size() || slices.size() < run.slices.size() ||
      ticks["ts"].size() < run.ticks.size())
    thinned = {{"tasks", {chosen.size(), run.tasks.size()}},
      {"slices", {slices.size(), run.slices.size()}}, {"busy", busy_shares(run)},
      {"ticks", {ticks["ts"].size(), run.ticks.size()}}};
  return {{"label", label}, {"model", run.model}, {"command", run.command}, {"host", run.host},
    {"date", run.date}, {"wall", tenths(run.wall)}, {"result", std::move(result)},
    {"tracks", std::move(tracks)}, {"tasks", std::move(tasks)},
    {"slices", columns_of(slices, place)}, {"ticks", std::move(ticks)}, {"thinned", thinned}};
}

} // namespace

std::string page_data(const page_content& content)
{
  const auto& runs = content.recordings;
  const auto count = std::max<std::size_t>(runs.size(), 1);
  std::map<std::string, int> seen;
  poem_shelf shelf;
  json data{{"schema", "slowpoetry.page/1"}, {"title", content.title}, {"runs", json::array()}};
  for (std::size_t i = 0; i < runs.size(); ++i)
  {
    const shares most{most_slices / count, std::max<std::size_t>(most_tasks / count, 1),
      most_task_bytes / count, most_result_tasks / count, most_ticks / count};
    auto run = run_data(runs[i], next_label(runs[i].model, seen), most, shelf);
    run["predicted"] = prediction_for(content, runs[i].model);
    data["runs"].push_back(std::move(run));
  }
  data["poems"] = shelf.take();
  if (!content.raw_results.empty())
  {
    auto results = json::parse(content.raw_results, nullptr, false);
    if (results.is_discarded())
      throw std::runtime_error("the raw results of a page are not JSON");
    data["results"] = content.raw_results.size() <= longest_results
                        ? std::move(results)
                        : json("left out: too long for a page");
  }
  auto text = data.dump(-1, ' ', false, json::error_handler_t::replace);
  // A `<` could end the script element or begin a comment in it.
  for (auto at = text.find('<'); at != text.npos; at = text.find('<', at + 6))
    text.replace(at, 1, "\\u003c");
  return text;
}

} // namespace poetry::figure
