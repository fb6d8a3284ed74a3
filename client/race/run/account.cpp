#include "client/race/run/account.hpp"

#include "client/race/plan/experiment.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

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

/// The readers in the last line of a server's output, if that answers a question asked then.
std::optional<std::uint64_t> answer_of(const child& server, time_point asked)
{
  auto output = server.output();
  output.resize(output.find_last_not_of('\n') + 1);
  const auto totals = json::parse(output.substr(output.rfind('\n') + 1), nullptr, false);
  if (!totals.is_object() || time_point(from_seconds(totals.at("at_s"))) < asked)
    return std::nullopt;
  return totals.at("still_connected").get<std::uint64_t>();
}

} // namespace

void account::read(const std::string& log)
{
  std::map<std::pair<std::string, std::uint64_t>, connection> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
  {
    const json event = json::parse(line, nullptr, false);
    const auto happened = event.is_object() ? event.value("event", "") : "";
    if (happened == "connected" || happened == "sent" || happened == "finished")
      add_event(found, event, happened);
    else
      add_reason(
        complaints, happened.empty() ? line : "slowpoetry: warning: " + event.value("message", ""));
  }
  for (auto& [id, connection] : found)
    connections.push_back(std::move(connection));
  std::ranges::sort(connections, {}, &connection::accepted);
}

std::uint64_t account::whole(const group& group) const
{
  std::map<std::string_view, std::uint64_t> taken;
  for (const connection& connection : connections)
    taken[connection.server] += connection.ending == "whole" ? 1 : 0;
  std::uint64_t whole = 0;
  for (const slow_poem& poem : group.poems)
    whole += std::min(taken[poem.server], group.repeat);
  return whole;
}

std::uint64_t reader_count::ask()
{
  std::uint64_t sum = 0;
  for (const child& server : servers_)
  {
    const auto answer = asked_ == time_point() ? 0U : answer_of(server, asked_);
    if (!answer)
      return last_;
    sum += *answer;
  }
  last_ = sum;
  most_ = std::max(most_, sum);
  asked_ = clock::now();
  for (const child& server : servers_)
    ::kill(server.id(), SIGUSR1);
  return last_;
}

figure::recording recording_of(
  const account& account, const group& group, const contender& contender, const client_end& end)
{
  const auto at = [&](time_point time) {
    return std::max(0.0, 1e6 * seconds(std::min(time, end.ended) - end.began));
  };
  figure::recording run{.model = contender.name,
    .command = contender.command,
    .wall = at(end.ended),
    .cpu = 1e6 * seconds(end.cpu),
    .seen_by_servers = true};
  for (const connection& connection : account.connections)
  {
    const bool is_whole = connection.ending == "whole";
    auto& task = run.tasks.emplace_back(figure::task{.server = connection.server,
      .status = is_whole ? "complete" : "failed",
      .error = is_whole ? "" : connection.ending,
      .start = at(connection.accepted),
      .end = at(connection.ended)});
    for (const auto& part : connection.parts)
      run.slices.push_back(
        {0, static_cast<std::uint32_t>(run.tasks.size() - 1), at(part.at), 0, part.bytes});
    const auto poem = std::ranges::find(group.poems, connection.server, &slow_poem::server);
    if (poem != group.poems.end())
      task.poem = read_file(poem->file, connection.bytes).substr(0, connection.bytes);
  }
  std::ranges::stable_sort(run.slices, {}, &figure::slice::start);
  run.threads = run.slices.empty() ? 0 : 1;
  const json result = {{"schema", "slowpoetry.run/1"}, {"model", contender.name},
    {"seen_by", "servers"}, {"wall_s", seconds(end.ended - end.began)},
    {"cpu_user_s", seconds(end.cpu)}};
  run.result = result.dump();
  return run;
}

} // namespace poetry::race
