#include "client/race/run/trial.hpp"

#include "client/figure/recording/trace_reader.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/plan/prediction.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/client_result.hpp"
#include "client/race/run/kernel.hpp"
#include "client/race/run/servers.hpp"

#include <algorithm>
#include <fmt/format.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// A client process, and what its result must show.
struct client
{
  race::child child;
  expected_result expected;
};

/// Loopback addresses are many: with one for each group of tasks, ports never run out.
std::string interface_of(std::size_t group)
{
  return fmt::format("127.0.{}.{}", group / 250, group % 250 + 1);
}

/// A client that takes longer than this hangs.
duration patience_for(const contender& contender, const setting& setting)
{
  return contender.predicted ? 10s + 3 * *contender.predicted
                             : 120s + 3 * one_after_another(setting);
}

std::vector<client> start_clients(const contender& contender, const setting& setting,
  const std::filesystem::path& recording, servers& servers)
{
  const auto groups = groups_for(setting, contender.overlap);
  std::vector<std::vector<served_poem>> served;
  for (std::size_t i = 0; i < groups.size(); ++i)
    served.push_back(servers.start(setting, groups[i], interface_of(i)));
  std::vector<client> clients;
  for (std::size_t i = 0; i < groups.size(); ++i)
  {
    expected_result expected{contender.name, {}, groups[i].tasks(), setting.knobs.work};
    std::vector<std::string> addresses;
    for (const auto& [server, poem] : served[i])
    {
      addresses.push_back(server);
      expected.poems.push_back({server, poem.bytes, poem.crc32});
    }
    auto command = client_command(setting, groups[i], contender.name, addresses);
    if (!recording.empty())
      command.insert(command.begin() + 1, {"--trace", recording.string()});
    clients.push_back({child(command, setting.knobs.cores), std::move(expected)});
  }
  return clients;
}

/// The measurement of a client process that has ended.
measurement measure(client& client)
{
  const child_end& end = client.child.end();
  const std::string output = client.child.output();
  const std::string complaint = client.child.complaint();
  measurement result = read_result(output, client.expected);
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
  servers servers(scratch, interruption);
  std::vector<client> clients = start_clients(contender, setting, recording, servers);
  const time_point began = clients.front().child.started();
  const duration patience = patience_for(contender, setting);
  std::vector<measurement> parts;
  for (client& client : clients)
  {
    const bool ended = client.child.ends_by(began + patience, interruption);
    if (!ended)
      client.child.kill();
    measurement& part = parts.emplace_back(measure(client));
    if (!ended)
      part.wrong = fmt::format("it hung: no result after {:.0f} s", seconds(patience));
    part.wall += seconds(client.child.started() - began);
  }
  const double lived = seconds(clock::now() - began);
  measurement result = combined(parts);
  // On the busiest of machines: what a client takes to start, and to report each of its tasks.
  const double besides = 2 + 0.001 * static_cast<double>(setting.tasks());
  if (result.wrong.empty() && lived > result.wall + besides)
    result.wrong = fmt::format("it claims {:.3f} s, and lived for {:.3f} s", result.wall, lived);
  // When a server could not do what it was told, the run is wrong, however well it went.
  if (const auto complaint = servers.complaint(); !complaint.empty())
    result.wrong += (result.wrong.empty() ? "" : "; ") + complaint;
  if (const auto limit = explain_limit(result.wrong); !limit.empty())
    result.wrong += "; " + limit;
  if (contender.predicted)
    result.predicted = seconds(*contender.predicted);
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
