#include "client/race/run/trial.hpp"

#include "client/figure/recording/trace_reader.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/plan/prediction.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/client_result.hpp"
#include "client/race/run/machine.hpp"
#include "client/race/run/servers.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// The processes of a run: servers, and a client for each group with what its result must show.
struct processes
{
  std::deque<child> servers;
  std::deque<child> clients;
  std::vector<expected_result> expected;
};

processes start(const contender& contender, const setting& setting, scratch& scratch,
  const std::filesystem::path& recording, const interruption& interruption)
{
  processes result;
  std::vector<std::vector<std::string>> commands;
  for (const group& group : groups_for(setting, contender.overlap))
  {
    // Loopback addresses are many: with one for each group, ports never run out.
    const auto i = commands.size();
    const auto interface = fmt::format("127.0.{}.{}", i / 250, i % 250 + 1);
    const auto served =
      start_servers(result.servers, setting, group, interface, scratch, interruption);
    result.expected.push_back({contender.name, served, group.tasks(), setting.knobs.work});
    std::vector<std::string> addresses;
    std::ranges::transform(served, std::back_inserter(addresses), &served_poem::server);
    auto& command =
      commands.emplace_back(client_command(setting, group, contender.name, addresses));
    if (!recording.empty())
      command.insert(command.begin() + 1, {"--trace", recording.string()});
  }
  // All servers listen before the first client starts.
  for (const auto& command : commands)
    result.clients.emplace_back(command, setting.knobs.cores);
  return result;
}

/// The measurement of a client process that has ended.
measurement measure(child& client, const expected_result& expected)
{
  const child_end& end = client.end();
  const std::string output = client.output();
  const std::string complaint = client.complaint();
  measurement result = read_result(output, expected);
  result.cpu = seconds(end.cpu);
  result.switches = static_cast<double>(end.switches);
  if (end.status > 128)
    result.wrong = fmt::format("it was ended by signal {}", end.status - 128);
  else if (end.status != 0 && (result.wrong.empty() || output.empty()))
    result.wrong =
      fmt::format("it ended with {}{}{}", end.status, complaint.empty() ? "" : ": ", complaint);
  return result;
}

/// The greatest number of tasks that a recorded run worked for at the same moment.
double most_at_once(const std::filesystem::path& recording)
{
  std::vector<double> ends;
  std::size_t most = 0;
  // Slices come by their start: those that have not ended by then go on at the same time.
  for (const figure::slice& slice : figure::read_recording(recording).slices)
  {
    std::erase_if(ends, [&](double end) { return end <= slice.start; });
    ends.push_back(slice.end());
    most = std::max(most, ends.size());
  }
  return static_cast<double>(most);
}

} // namespace

measurement run_once(const contender& contender, const setting& setting, scratch& scratch,
  const std::filesystem::path& recording, const interruption& interruption)
{
  auto [servers, clients, expected] = start(contender, setting, scratch, recording, interruption);
  const time_point began = clients.front().started();
  const duration patience =
    contender.predicted ? 10s + 3 * *contender.predicted : 120s + 3 * one_after_another(setting);
  std::vector<measurement> parts;
  for (std::size_t i = 0; i < clients.size(); ++i)
  {
    const bool ended = clients[i].ends_by(began + patience, interruption);
    if (!ended)
      clients[i].kill();
    measurement& part = parts.emplace_back(measure(clients[i], expected[i]));
    if (!ended)
      part.wrong = fmt::format("it hung: no result after {:.0f} s", seconds(patience));
    part.wall += seconds(clients[i].started() - began);
  }
  const double lived = seconds(clock::now() - began);
  measurement result = combined(parts);
  // On the busiest of machines: what a client takes to start, and to report each of its tasks.
  const double overhead = 2 + 0.001 * static_cast<double>(setting.tasks());
  if (result.wrong.empty() && lived > result.wall + overhead)
    result.wrong = fmt::format("it claims {:.3f} s, and lived for {:.3f} s", result.wall, lived);
  // When a server could not do what it was told, the run is wrong, however well it went.
  for (const child& server : servers)
  {
    if (const auto complaint = server.complaint(); !complaint.empty())
      result.wrong += (result.wrong.empty() ? "" : "; ") + complaint;
  }
  if (const auto limit = explain_limit(result.wrong); !limit.empty())
    result.wrong += "; " + limit;
  result.predicted = contender.predicted_s();
  if (recording.empty() || !result.wrong.empty())
    return result;
  try
  {
    result.at_once = most_at_once(recording);
  }
  catch (const std::runtime_error& error)
  {
    result.wrong = error.what();
  }
  return result;
}

} // namespace poetry::race
