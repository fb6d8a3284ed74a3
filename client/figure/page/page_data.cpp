#include "client/figure/page/page_data.hpp"

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

using json = nlohmann::ordered_json;

/// The poems as base64, each text once: all models fetch the same ones. Keeps the first 20 kB of
/// each, or the first line when there are hundreds.
class poem_shelf
{
public:
  std::size_t place_of(const std::string& whole)
  {
    auto poem = whole.substr(0, 20'000);
    if (!place_.contains(poem) && poem.size() > room_)
      poem.resize(std::min<std::size_t>(poem.size(), 40));
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
  std::size_t room_ = 600'000;
};

double tenths(microseconds time)
{
  return std::round(time * 10) / 10;
}

json time_or_null(const std::optional<microseconds>& time)
{
  return time ? json(tenths(*time)) : json();
}

json run_data(const recording& run, poem_shelf& shelf)
{
  json tracks = json::array();
  for (const auto& track : run.tracks)
    tracks.push_back({{"pid", track.process}, {"tid", track.thread}, {"name", track.name}});
  json tasks = json::array();
  for (const auto& task : run.tasks)
    tasks.push_back({{"number", task.number}, {"server", task.server}, {"status", task.status},
      {"error", task.error}, {"start", time_or_null(task.start)}, {"end", time_or_null(task.end)},
      {"bytes", task.poem.size()}, {"poem", shelf.place_of(task.poem)}});
  json slices{{"ts", json::array()}, {"dur", json::array()}, {"task", json::array()},
    {"bytes", json::array()}, {"track", json::array()}};
  for (const auto& slice : run.slices)
  {
    slices["ts"].push_back(tenths(slice.start));
    slices["dur"].push_back(tenths(slice.length));
    slices["task"].push_back(slice.task);
    slices["bytes"].push_back(slice.bytes);
    slices["track"].push_back(slice.track);
  }
  json ticks{{"ts", json::array()}, {"late", json::array()}};
  for (const auto& tick : run.ticks)
  {
    ticks["ts"].push_back(tenths(tick.at));
    ticks["late"].push_back(tenths(tick.late));
  }
  auto result = json::parse(run.result, nullptr, false);
  if (result.is_object())
    result.erase("tasks"); // told above
  return {{"model", run.model}, {"command", run.command}, {"host", run.host}, {"date", run.date},
    {"wall", tenths(run.wall)}, {"result", std::move(result)}, {"tracks", std::move(tracks)},
    {"tasks", std::move(tasks)}, {"slices", std::move(slices)}, {"ticks", std::move(ticks)}};
}

} // namespace

std::string page_data(const page_content& content)
{
  std::map<std::string, int> seen;
  poem_shelf shelf;
  json data{{"schema", "slowpoetry.page/1"}, {"title", content.title}, {"runs", json::array()}};
  for (const auto& recording : content.recordings)
  {
    auto run = run_data(recording, shelf);
    run["label"] = next_label(recording, seen);
    run["predicted"] = recording.predicted ? json(*recording.predicted / 1e6) : json();
    data["runs"].push_back(std::move(run));
  }
  data["poems"] = shelf.take();
  if (!content.raw_results.empty())
  {
    data["results"] = json::parse(content.raw_results, nullptr, false);
    if (data["results"].is_discarded())
      throw std::runtime_error("the raw results of a page are not JSON");
  }
  auto text = data.dump(-1, ' ', false, json::error_handler_t::replace);
  // A `<` could end the script element or begin a comment in it.
  for (auto at = text.find('<'); at != text.npos; at = text.find('<', at + 6))
    text.replace(at, 1, "\\u003c");
  return text;
}

} // namespace poetry::figure
