#include "client/race/run/trial.hpp"

#include "client/race/plan/commands.hpp"
#include "client/race/plan/prediction.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/client_result.hpp"
#include "client/race/run/cores.hpp"
#include "client/race/run/kernel.hpp"
#include "client/race/run/servers.hpp"
#include "client/race/run/trace.hpp"

#include <algorithm>
#include <fmt/format.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// A client process of a run, and what it has to bring.
struct runner
{
  race::child child;
  expected_result expected;
};

/// Loopback addresses are many: with one for each group of tasks, ports never run out.
std::string interface_of(std::size_t group)
{
  return fmt::format("127.0.{}.{}", group / 250, group % 250 + 1);
}

/// After this long a client hangs.
duration patience_for(const trial& trial)
{
  return trial.predicted ? 10s + 3 * *trial.predicted : 120s + 3 * one_after_another(trial.setting);
}

expected_result what_to_expect(
  const trial& trial, const group& group, const std::vector<stage>& stages)
{
  expected_result expected{std::string(trial.model), {}, group.tasks(), trial.setting.knobs.work,
    trial.setting.knobs.tick, {}, cores_for(trial.setting.knobs, trial.model, cores_here())};
  for (const recital& recital : group.recitals)
    expected.longest = std::max(expected.longest, recital_time(recital.bytes, recital.pace));
  for (const stage& stage : stages)
    expected.poems.push_back({stage.server, stage.poem.bytes, stage.poem.crc32});
  return expected;
}

/// How much longer than its wall clock a client may live, on the busiest of machines: it starts,
/// and writes down what came of each of its tasks.
duration besides(const trial& trial)
{
  return 2s + trial.setting.tasks() * 1ms;
}

/// What a client that has ended brought home.
measurement judge(runner& runner)
{
  const child_end& end = runner.child.end();
  measurement result = read_result(runner.child.output(), runner.expected);
  result.cpu = seconds(end.cpu);
  result.switches = static_cast<double>(end.switches);
  const std::string complaint = runner.child.complaint();
  if (end.status > 128)
    result.wrong = fmt::format("it was ended by signal {}", end.status - 128);
  else if (end.status != 0 && (result.wrong.empty() || runner.child.output().empty()))
    result.wrong =
      fmt::format("it ended with {}{}{}", end.status, complaint.empty() ? "" : ": ", complaint);
  else if (result.wrong.empty() && result.cpu < 0.95 * result.work)
    result.wrong =
      fmt::format("it claims {:.3f} s of work, and took {:.3f} s of CPU", result.work, result.cpu);
  return result;
}

std::vector<runner> start_clients(const trial& trial, servers& servers)
{
  std::vector<group> groups = groups_for(trial.setting, trial.model);
  std::vector<std::vector<stage>> stages;
  for (std::size_t i = 0; i < groups.size(); ++i)
    stages.push_back(servers.start(trial.setting, groups[i], interface_of(i)));
  std::vector<runner> runners;
  for (std::size_t i = 0; i < groups.size(); ++i)
  {
    std::vector<std::string> ports;
    for (const stage& stage : stages[i])
      ports.push_back(stage.server);
    auto command = client_command(trial.setting, groups[i], trial.model, ports);
    if (!trial.trace.empty())
      command.insert(command.begin() + 1, {"--trace", trial.trace.string()});
    runners.push_back(
      {child(command, trial.setting.knobs.cores), what_to_expect(trial, groups[i], stages[i])});
  }
  return runners;
}

} // namespace

measurement run(const trial& trial, scratch& scratch, const interruption& interruption)
{
  servers servers(scratch, interruption);
  std::vector<runner> runners = start_clients(trial, servers);
  const time_point began = runners.front().child.started();
  const duration patience = patience_for(trial);
  std::vector<measurement> parts;
  for (runner& runner : runners)
  {
    const int descriptor = runner.child.descriptor();
    const bool ended = wait_for_any({&descriptor, 1}, began + patience, interruption).has_value();
    if (!ended)
      runner.child.kill();
    measurement& part = parts.emplace_back(judge(runner));
    if (!ended)
      part.wrong = fmt::format("it hung: no result after {:.0f} s", seconds(patience));
    part.wall += seconds(runner.child.started() - began);
  }
  const double lifetime = seconds(clock::now() - began);
  measurement result = combined(parts);
  if (result.wrong.empty() && lifetime > result.wall + seconds(besides(trial)))
    result.wrong = fmt::format("it claims {:.3f} s, and lived for {:.3f} s", result.wall, lifetime);
  // A run of servers that could not do as they were told is none, however well it went.
  if (const auto complaint = servers.complaint(); !complaint.empty())
    result.wrong += (result.wrong.empty() ? "" : "; ") + complaint;
  if (const auto limit = explain_limit(result.wrong); !limit.empty())
    result.wrong += "; " + limit;
  if (trial.predicted)
    result.predicted = seconds(*trial.predicted);
  if (!trial.trace.empty() && result.wrong.empty())
    result.at_once = most_at_once(trial.trace, result.wrong);
  return result;
}

} // namespace poetry::race
