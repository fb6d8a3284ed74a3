#include "client/race/run/trial.hpp"

#include "client/figure/recording/trace_reader.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/run/account.hpp"
#include "client/race/run/client_process.hpp"
#include "client/race/run/client_result.hpp"
#include "client/race/run/machine.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <fstream>
#include <iterator>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// A poem that fits into the kernel's buffers, however late it is read.
constexpr std::uint64_t small_poem = 64 << 10;
/// How often processes get a core to start a client, and to begin and to end a download.
constexpr double turns_to_start = 20;
constexpr double turns_per_task = 8;

/// The processes of a run: servers, and a client for each group of downloads.
struct processes
{
  /// What was counted before the clients started.
  machine_time machine;
  thread_time served;
  std::deque<child> servers;
  std::deque<client_process> clients;
  std::vector<group> groups;
  /// Where a model records its run.
  std::filesystem::path trace;
  /// Where an own program may write its poems.
  std::filesystem::path out;
};

thread_time time_of_all(const std::deque<child>& processes)
{
  thread_time sum;
  for (const child& process : processes)
    sum = sum + thread_time_of(process.id());
  return sum;
}

std::vector<std::string> await_ports(child& server, const std::filesystem::path& port_file)
{
  const auto deadline = clock::now() + 30s;
  while (!std::filesystem::exists(port_file))
  {
    if (server.ends_by(clock::now() + 2ms))
      throw std::runtime_error(fmt::format("slowpoetry ended with {} before it served: {}",
        server.end(), last_lines(server.errors())));
    if (clock::now() > deadline)
      throw std::runtime_error("slowpoetry does not listen after 30 s");
  }
  std::ifstream file(port_file);
  return {std::istream_iterator<std::string>(file), {}};
}

/// Starts what a group's downloads need; when all servers listen, each of its poems has an address.
void start_servers(std::deque<child>& servers, const setting& setting, group& group,
  server_log_level level, scratch& scratch)
{
  for (slow_poem& poem : group.poems)
    scratch.provide(poem);
  for (const auto poems : by_server(group))
  {
    const auto port_file = scratch.new_path("ports");
    auto command = server_command(setting, group, poems, level);
    command.insert(command.end(), {"--port-file", port_file.string()});
    const auto ports = await_ports(servers.emplace_back(command), port_file);
    for (std::size_t i = 0; i < poems.size(); ++i)
      poems[i].server = ports.at(i);
  }
}

/// Whether the servers tell of each reader, although every line costs them something: not of a
/// crowd, nor where nothing else takes time, unless nobody else tells of the client.
bool is_accounted(const contender& contender, const setting& setting)
{
  return contender.is_own() || (!setting.is_crowd() && setting.knobs.delay > 0s);
}

processes start(
  const contender& contender, const setting& setting, bool is_recorded, scratch& scratch)
{
  processes result;
  if (is_recorded && !contender.is_own())
    result.trace = scratch.new_path("trace");
  if (contender.command.find("{out}") != std::string::npos)
    std::filesystem::create_directory(result.out = scratch.new_path("out"));
  const auto level = !is_accounted(contender, setting)   ? server_log_level::nothing
                     : contender.is_own() && is_recorded ? server_log_level::chunks
                                                         : server_log_level::readers;
  result.groups = groups_for(setting, contender.overlap);
  for (group& group : result.groups)
    start_servers(result.servers, setting, group, level, scratch);
  result.machine = machine_time_now();
  result.served = time_of_all(result.servers);
  // All servers listen before the first client starts.
  for (const group& group : result.groups)
  {
    auto command = client_command(setting, group, contender, result.out.string());
    if (!result.trace.empty())
      command.insert(command.begin() + 1, {"--trace", result.trace.string()});
    result.clients.emplace_back(command, contender.is_own(), setting.knobs.cores);
  }
  return result;
}

/// The measurement of a client process that has ended.
measurement measure(client_process& client, const client_end& end, const setting& setting,
  const group& group, const contender& contender)
{
  const auto output = client.output();
  measurement result;
  if (!contender.is_own())
    result = read_result(output, setting, group, contender.name);
  result.process = seconds(end.ended - end.began);
  if (contender.is_own())
  {
    result.wall = result.process;
    result.rss = static_cast<double>(end.rss);
  }
  result.exit_code = end.status;
  result.cpu = seconds(end.cpu);
  result.switches = static_cast<double>(end.switches);
  const bool may_fail = setting.knobs.faults;
  const bool has_told =
    contender.is_own() ? may_fail : !output.empty() && (may_fail || !result.wrong.empty());
  if (end.status > 128)
    result.wrong = fmt::format("it was ended by signal {}", end.status - 128);
  else if (end.status != 0 && !has_told)
  {
    const auto said = last_lines(client.errors());
    result.wrong = fmt::format("it ended with {}{}{}", end.status, said.empty() ? "" : ": ", said);
  }
  return result;
}

/// Adds what the servers saw. Of an own program that is all there is to judge it by; `deadline` is
/// when it would have been ended.
void add_account(measurement& result, const account& account, const processes& processes,
  const setting& setting, const contender& contender, time_point deadline)
{
  std::uint64_t due = 0;
  std::uint64_t whole = 0;
  result.connections = most_at_once(account.connections, &connection::accepted, &connection::ended);
  for (const group& group : processes.groups)
  {
    due += group.good_tasks();
    whole += account.whole(group);
  }
  result.whole = static_cast<double>(whole);
  if (!contender.is_own())
    return;
  result.sum = result.longest = 0;
  std::string waits;
  for (const connection& connection : account.connections)
  {
    const double time = seconds(std::min(connection.ended, deadline) - connection.accepted);
    result.sum += time;
    result.longest = std::max(result.longest, time);
    if (connection.ended > deadline)
      waits += fmt::format("{}{} after {} bytes", waits.empty() ? "; it waited for " : ", ",
        connection.server, connection.bytes);
  }
  result.overlap = result.sum / result.wall;
  if (!result.wrong.empty() || (whole < due && !setting.knobs.faults))
    add_reason(
      result.wrong, fmt::format("it took {} of {} whole{}", whole, count_text(due, "poem"), waits));
  else if (!processes.out.empty())
    result.wrong = fault_of_folder(processes.out, setting, processes.groups);
}

} // namespace

measurement run_once(const contender& contender, const setting& setting,
  std::optional<figure::recording>* recording, scratch& scratch,
  const std::function<void(std::uint64_t)>& connected)
{
  auto processes = start(contender, setting, recording != nullptr, scratch);
  const time_point deadline = clock::now() + contender.patience();
  reader_count readers(processes.servers);
  const auto ends_by = [&](const client_process& client, time_point end) {
    while (setting.is_crowd() && clock::now() + 1s < end)
    {
      const bool ended = client.ends_by(clock::now() + 1s);
      readers.ask();
      connected(readers.last());
      if (ended)
        return true;
    }
    return client.ends_by(end);
  };
  std::vector<measurement> parts;
  std::vector<client_end> ends;
  run_times times;
  for (std::size_t i = 0; i < processes.clients.size(); ++i)
  {
    client_process& client = processes.clients[i];
    // While others have the cores, a client that is not running does not hang.
    const bool ended = ends_by(client, deadline) ||
                       ends_by(client, deadline + std::min(contender.patience(),
                                                    (machine_time_now() - processes.machine).busy));
    if (!ended)
      client.kill();
    ends.push_back(client.result());
    times.client = times.client + ends.back().time;
    times.client_cpu += ends.back().cpu;
    parts.push_back(measure(client, ends.back(), setting, processes.groups[i], contender));
    if (!ended)
      parts.back().wrong =
        fmt::format("it hung: ended after {:.0f} s", seconds(contender.patience()));
    const double later = seconds(ends.back().began - ends.front().began);
    parts.back().wall += later;
    parts.back().process += later;
  }
  measurement result = combined(parts);
  times.machine = machine_time_now() - processes.machine;
  times.servers = time_of_all(processes.servers) - processes.served;
  times.cores = std::max(contender.cores_needed / one_core, 1.0);
  const knobs& knobs = setting.knobs;
  if (knobs.work == 0s && knobs.delay > 0s && setting.bytes() <= setting.tasks() * small_poem)
    times.turns = turns_to_start + turns_per_task * static_cast<double>(setting.tasks());
  result.delay = seconds(longest_delay(times));
  // On the busiest of machines: what a client takes to start, and to report each of its tasks.
  const double overhead = 2 + 0.001 * static_cast<double>(setting.tasks());
  if (result.wrong.empty() && result.process > result.wall + overhead)
    result.wrong =
      fmt::format("it claims {:.3f} s, and lived for {:.3f} s", result.wall, result.process);

  account account;
  const bool accounted = is_accounted(contender, setting);
  for (child& server : processes.servers)
  {
    if (accounted)
      server.stop();
    account.read(server.errors());
    if (accounted && server.output().find(R"("log_lines_dropped":0)") == std::string::npos)
      add_reason(account.complaints, "a server's account is incomplete");
  }
  if (setting.is_crowd())
    result.connections = static_cast<double>(readers.most());
  if (accounted)
    add_account(result, account, processes, setting, contender, deadline);
  std::filesystem::remove_all(processes.out);
  // When a server could not do what it was told, the run is wrong, however well it went.
  add_reason(result.wrong, account.complaints);
  result.wrong = with_limit(result.wrong);
  result.predicted = contender.predicted;
  if (recording == nullptr || !result.wrong.empty())
    return result;
  try
  {
    const group& group = processes.groups.front();
    auto& recorded =
      recording->emplace(contender.is_own() ? recording_of(account, group, contender, ends.front())
                                            : figure::read_recording(processes.trace));
    if (contender.is_own())
      return result;
    recorded.command = shell_text(client_command(setting, group, contender, ""));
    result.at_once = most_at_once(recorded.slices, &figure::slice::start, &figure::slice::end);
  }
  catch (const std::runtime_error& error)
  {
    result.wrong = error.what();
  }
  return result;
}

} // namespace poetry::race
