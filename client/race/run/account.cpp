#include "client/race/run/account.hpp"

#include "client/race/plan/experiment.hpp"
#include "common/base64.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

namespace poetry::race {
namespace {

using json = nlohmann::ordered_json;

duration from_seconds(const json& seconds)
{
  return std::chrono::round<duration>(std::chrono::duration<double>(seconds.get<double>()));
}

void add_event(std::map<std::pair<std::string, std::uint64_t>, connection>& connections,
  const json& event, const std::string& happened)
{
  const auto server = event.at("server").get<std::string>();
  const auto reader = event.at("reader").get<std::uint64_t>();
  const time_point at(from_seconds(event.at("at_s")));
  connection& connection = connections[{server, reader}];
  if (happened == "connected")
  {
    connection.server = server;
    connection.reader = reader;
    connection.accepted = at;
  }
  else if (happened == "sent")
  {
    connection.parts.push_back({at, event.at("bytes").get<std::uint64_t>()});
    connection.bytes += connection.parts.back().bytes;
  }
  else
  {
    connection.ended = connection.accepted + from_seconds(event.at("time_s"));
    connection.bytes = event.at("bytes").get<std::uint64_t>();
    connection.ending = event.at("ending").get<std::string>();
  }
}

double microseconds(duration time)
{
  return std::max(0.0, seconds(time) * 1e6);
}

} // namespace

void account::read(std::string_view log)
{
  std::map<std::pair<std::string, std::uint64_t>, connection> found;
  while (!log.empty())
  {
    const auto line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(line.size() + 1, log.size()));
    const json event = json::parse(line, nullptr, false);
    const auto happened = event.is_object() ? event.value("event", "") : "";
    if (happened == "connected" || happened == "sent" || happened == "finished")
      add_event(found, event, happened);
    else
      complaints += (complaints.empty() ? "" : "; ") +
                    (happened.empty() ? std::string(line)
                                      : "slowpoetry: warning: " + event.value("message", ""));
  }
  for (auto& [id, connection] : found)
    connections.push_back(std::move(connection));
  std::ranges::sort(connections, {}, &connection::accepted);
}

double account::most_at_once() const
{
  std::size_t most = 0;
  std::vector<time_point> ends;
  for (const connection& connection : connections)
  {
    std::erase_if(ends, [&](time_point end) { return end <= connection.accepted; });
    ends.push_back(connection.ended);
    most = std::max(most, ends.size());
  }
  return static_cast<double>(most);
}

double account::whole(const std::vector<served_poem>& poems, std::uint64_t repeat) const
{
  std::map<std::string_view, std::uint64_t> taken;
  for (const connection& connection : connections)
    taken[connection.server] += connection.ending == "whole" ? 1 : 0;
  std::uint64_t whole = 0;
  for (const served_poem& poem : poems)
    whole += std::min(taken[poem.server], repeat);
  return static_cast<double>(whole);
}

void write_trace(const std::filesystem::path& file, const account& account,
  const std::vector<served_poem>& poems, const contender& contender, const client_end& end)
{
  json events = json::array();
  json tasks = json::array();
  json texts = json::array();
  const auto at = [&](time_point time) {
    return microseconds(std::min(time, end.ended) - end.began);
  };
  for (const connection& connection : account.connections)
  {
    const auto task = tasks.size() + 1;
    const auto name = fmt::format("task {}", task);
    const auto add = [&](const char* phase, const char* category, time_point time) -> json& {
      return events.emplace_back(json{{"ph", phase}, {"cat", category}, {"pid", 1}, {"tid", 1},
        {"ts", at(time)}, {"id", task}, {"name", name}});
    };
    add("b", "task", connection.accepted)["args"] = {{"server", connection.server}};
    for (const auto& part : connection.parts)
    {
      json& slice = add("X", "work", part.at);
      slice["dur"] = 0;
      slice["args"] = {{"task", task}, {"bytes", part.bytes}};
    }
    add("e", "task", connection.ended);
    const bool is_whole = connection.ending == "whole";
    tasks.push_back(
      {{"task", task}, {"server", connection.server}, {"status", is_whole ? "complete" : "failed"},
        {"bytes", connection.bytes}, {"error", is_whole ? "" : connection.ending}});
    const auto poem = std::ranges::find(poems, connection.server, &served_poem::server);
    const auto text =
      poem == poems.end() ? "" : read_file(poem->poem.file.string(), connection.bytes);
    texts.push_back({{"task", task}, {"base64", to_base64(text.substr(0, connection.bytes))}});
  }
  const json trace = {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"},
    {"otherData", {{"result", {{"schema", "slowpoetry.run/1"}, {"model", contender.name},
                                {"seen_by", "servers"}, {"wall_s", seconds(end.ended - end.began)},
                                {"cpu_user_s", seconds(end.cpu)}, {"tasks", std::move(tasks)}}},
                    {"command", contender.command}, {"poems", std::move(texts)}}}};
  std::ofstream out(file, std::ios::binary);
  out << trace.dump(-1, ' ', false, json::error_handler_t::replace);
  if (!out.flush())
    throw std::system_error(
      errno, std::generic_category(), fmt::format("cannot write {}", file.string()));
}

} // namespace poetry::race
