#include "client/figure/recording/trace_reader.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/run/account.hpp"
#include "client/race/run/client_process.hpp"
#include "client/race/run/client_result.hpp"
#include "client/race/run/machine.hpp"
#include "client/race/run/race.hpp"
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

/// A run: its servers, and a client for each group of downloads.
struct trial
{
  const race::contender& contender;
  const race::setting& setting;
  std::vector<group> groups;
  /// Every line of a log costs the servers something. So they log nothing of a crowd, nor without
  /// pauses, unless they are asked, or the client is an own program, of which nothing else is
  /// known.
  server_log_level level = server_log_level::nothing;
  std::deque<child> servers = {};
  std::deque<client_process> clients = {};
  /// Where a model records its run, and where an own program may write its poems.
  std::filesystem::path trace = {};
  std::filesystem::path out = {};
  /// What was counted before the clients started.
  machine_time machine = {};
  thread_time served = {};

  bool is_accounted() const { return level != server_log_level::nothing; }
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

/// When all servers listen, each poem of the group has an address.
void start_servers(trial& trial, group& group, scratch& scratch)
{
  for (slow_poem& poem : group.poems)
    scratch.provide(poem);
  for (const auto poems : by_server(group))
  {
    const auto port_file = scratch.new_path("ports");
    auto command = server_command(trial.setting, group, poems, trial.level);
    command.insert(command.end(), {"--port-file", port_file.string()});
    const auto ports = await_ports(trial.servers.emplace_back(command), port_file);
    for (std::size_t i = 0; i < poems.size(); ++i)
      poems[i].server = ports.at(i);
  }
}

void start(trial& trial, bool is_recorded, scratch& scratch)
{
  const bool is_own = trial.contender.is_own();
  const knobs& knobs = trial.setting.knobs;
  if (is_own && is_recorded)
    trial.level = server_log_level::chunks;
  else if (is_own || (!trial.setting.is_crowd() && (knobs.delay > 0s || knobs.asks_servers)))
    trial.level = server_log_level::readers;
  if (!is_own && is_recorded)
    trial.trace = scratch.new_path("trace");
  if (trial.contender.command.find("{out}") != std::string::npos)
    std::filesystem::create_directory(trial.out = scratch.new_path("out"));
  for (group& group : trial.groups)
    start_servers(trial, group, scratch);
  trial.machine = machine_time_now();
  trial.served = time_of_all(trial.servers);
  // All servers listen before the first client starts.
  for (const group& group : trial.groups)
  {
    auto command = client_command(trial.setting, group, trial.contender, trial.out.string());
    if (!trial.trace.empty())
      command.insert(command.begin() + 1, {"--trace", trial.trace.string()});
    trial.clients.emplace_back(command, is_own, knobs.cores);
  }
}

/// What others on the machine can have delayed the run by.
double delay_of(const trial& trial, const std::vector<client_end>& ends)
{
  run_times times{.machine = machine_time_now() - trial.machine,
    .servers = time_of_all(trial.servers) - trial.served,
    .cores = std::max(trial.contender.cores_needed, 1U)};
  for (const client_end& end : ends)
  {
    times.client = times.client + end.time;
    times.client_cpu += end.cpu;
  }
  const setting& setting = trial.setting;
  if (setting.knobs.work == 0s && setting.knobs.delay > 0s &&
      setting.bytes() <= setting.tasks() * small_poem)
    times.turns = turns_to_start + turns_per_task * static_cast<double>(setting.tasks());
  return seconds(longest_delay(times));
}

/// The measurement of a client process that has ended, or was ended because it hung.
measurement measure(const trial& trial, const group& group, const client_process& client,
  const client_end& end, bool hung)
{
  const bool is_own = trial.contender.is_own();
  const bool may_fail = trial.setting.knobs.faults;
  const auto output = client.output();
  measurement result;
  if (!is_own)
    result = read_result(output, trial.setting, group, trial.contender.name);
  result.process = seconds(end.ended - end.began);
  if (is_own)
  {
    result.wall = result.process;
    result.rss = static_cast<double>(end.rss);
  }
  result.exit_code = end.status;
  result.cpu = seconds(end.cpu);
  result.switches = static_cast<double>(end.switches);
  const bool has_told = is_own ? may_fail : !output.empty() && (may_fail || !result.wrong.empty());
  const bool was_killed = end.status > 128 && end.status < 128 + NSIG;
  if (hung)
    result.wrong =
      fmt::format("it hung: ended after {:.0f} s", seconds(trial.contender.patience()));
  else if (was_killed || (end.status != 0 && !has_told))
  {
    const auto said = last_lines(client.errors());
    result.wrong = fmt::format("it {} {}{}{}", was_killed ? "was ended by signal" : "ended with",
      was_killed ? end.status - 128 : end.status, said.empty() ? "" : ": ", said);
  }
  return result;
}

/// Stops the servers and reads their account.
account account_of(trial& trial)
{
  account account;
  for (child& server : trial.servers)
  {
    if (trial.is_accounted())
      server.stop();
    account.read(server.errors());
    if (trial.is_accounted() &&
        server.output().find(R"("log_lines_dropped":0)") == std::string::npos)
      add_reason(account.complaints, "a server's account is incomplete");
  }
  return account;
}

/// Adds what the servers saw. Of an own program that is all there is to judge it by; `deadline` is
/// when it would have been ended.
void add_account(
  measurement& result, const account& account, const trial& trial, time_point deadline)
{
  std::uint64_t due = 0;
  std::uint64_t whole = 0;
  result.connections = most_at_once(account.connections, &connection::accepted, &connection::ended);
  for (const group& group : trial.groups)
  {
    due += group.good_tasks();
    whole += account.whole(group);
  }
  result.whole = static_cast<double>(whole);
  if (!trial.contender.is_own())
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
  if (const auto said = last_lines(trial.clients.front().errors());
      result.wrong.find(said) == std::string::npos)
    waits += "; it said: " + said;
  result.overlap = result.sum / result.wall;
  if (!result.wrong.empty() || (whole < due && !trial.setting.knobs.faults))
    add_reason(
      result.wrong, fmt::format("it took {} of {} whole{}", whole, count_text(due, "poem"), waits));
  else if (!trial.out.empty())
    result.wrong = fault_of_folder(trial.out, trial.setting, trial.groups);
}

} // namespace

measurement run_once(const contender& contender, const setting& setting,
  std::optional<figure::recording>* recording, scratch& scratch,
  const std::function<void(std::uint64_t)>& connected)
{
  trial trial{contender, setting, groups_for(setting, contender.overlap)};
  start(trial, recording != nullptr, scratch);
  const time_point deadline = clock::now() + contender.patience();
  reader_count readers(trial.servers);
  const auto ends_by = [&](const client_process& client, time_point end) {
    bool ended = false;
    while (!ended && setting.is_crowd() && clock::now() + 1s < end)
    {
      ended = client.ends_by(clock::now() + 1s);
      connected(readers.ask());
    }
    return ended || client.ends_by(end);
  };
  std::vector<measurement> parts;
  std::vector<client_end> ends;
  for (std::size_t i = 0; i < trial.clients.size(); ++i)
  {
    client_process& client = trial.clients[i];
    // While others have the cores, a client that is not running does not hang.
    const bool ended = ends_by(client, deadline) ||
                       ends_by(client, deadline + std::min(contender.patience(),
                                                    (machine_time_now() - trial.machine).busy));
    if (!ended)
      client.kill();
    ends.push_back(client.result());
    parts.push_back(measure(trial, trial.groups[i], client, ends.back(), !ended));
    const double later = seconds(ends.back().began - ends.front().began);
    parts.back().wall += later;
    parts.back().process += later;
  }
  measurement result = combined(parts);
  result.predicted = contender.predicted;
  result.delay = delay_of(trial, ends);
  // On the busiest of machines: what a client takes to start, and to report each of its tasks.
  const double overhead = 2 + 0.001 * static_cast<double>(setting.tasks());
  if (result.wrong.empty() && result.process > result.wall + overhead)
    result.wrong =
      fmt::format("it claims {:.3f} s, and lived for {:.3f} s", result.wall, result.process);

  const auto account = account_of(trial);
  if (setting.is_crowd())
    result.connections = readers.most();
  if (trial.is_accounted())
    add_account(result, account, trial, deadline);
  remove_folder(trial.out);
  // When a server could not do what it was told, the run is wrong, however well it went.
  add_reason(result.wrong, account.complaints);
  result.wrong = replace_controls(with_limit(result.wrong), [](char) { return "?"; });
  if (recording == nullptr || !result.wrong.empty())
    return result;
  const group& group = trial.groups.front();
  try
  {
    if (contender.is_own())
      *recording = recording_of(account, group, contender, ends.front());
    else
    {
      *recording = figure::read_recording(trial.trace);
      (*recording)->command = shell_text(client_command(setting, group, contender, ""));
      result.at_once =
        most_at_once((*recording)->slices, &figure::slice::start, &figure::slice::end);
    }
  }
  catch (const std::runtime_error& error)
  {
    result.wrong = error.what();
  }
  return result;
}

} // namespace poetry::race
