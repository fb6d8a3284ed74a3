#include "client/race/run/race.hpp"

#include "client/models.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/machine.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>
#include <stdexcept>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// Larger runs are not recorded: writing the recording would be what is measured.
constexpr std::uint64_t most_recorded_tasks = 16;
constexpr std::uint64_t most_recorded_chunks = 1500;
constexpr std::uint64_t most_recorded_bytes = 1 << 20;

/// How many of a crowd show how fast it connects: one in five, but no fewer than a crowd.
constexpr std::uint64_t most_one_in = 5;

/// Does it once more whenever the program was stopped meanwhile; returns how often.
template <class Act>
unsigned undisturbed(Act act)
{
  for (unsigned repeated = 0;; ++repeated)
  {
    const auto stops_before = stop_count();
    try
    {
      act();
    }
    catch (const std::runtime_error&)
    {
      if (stops_before == stop_count())
        throw;
    }
    if (stops_before == stop_count())
      return repeated;
  }
}

/// Runs every program once, so that no measured run pays for reading it from disk. One that cannot
/// do even that is not run again.
void warm_up(experiment& experiment, scratch& scratch)
{
  const setting one_chunk = make_setting({.tasks = 1, .bytes = 10, .delay = 0s}, "", {});
  for (const contender& first : experiment.contenders)
  {
    if (first.point != 0)
      continue;
    measurement run;
    undisturbed([&] {
      run = run_once(
        {.name = first.name, .command = first.command, .overlap = first.overlap, .predicted = 0},
        one_chunk, nullptr, scratch);
    });
    // An own program may need more servers than one.
    if (run.wrong.empty() || (first.is_own() && !run.wrong.starts_with("it hung")))
      continue;
    run.wrong = "with one chunk to get, " + run.wrong;
    for (contender& contender : experiment.contenders)
    {
      if (contender.name == first.name)
        contender.runs.push_back({.wrong = run.wrong});
    }
  }
}

/// All points of a scenario are recorded or none: recording costs something, too.
bool is_recorded(const experiment& experiment)
{
  return std::ranges::all_of(experiment.settings, [](const setting& setting) {
    return setting.groups.size() == 1 && setting.tasks() <= most_recorded_tasks &&
           setting.chunks() <= most_recorded_chunks && setting.bytes() <= most_recorded_bytes;
  });
}

/// The most cores that an expectation is about; 0 when none is.
unsigned cores_needed(const experiment& experiment)
{
  unsigned most = 0;
  for (const contender& contender : experiment.contenders)
    most = std::max(most, contender.cores_needed);
  for (const claim& claim : experiment.claims)
    most = std::max(most, claim.cores_needed);
  return most;
}

} // namespace

void measure_connecting(experiment& experiment, scratch& scratch)
{
  for (std::size_t point = 0; point < experiment.settings.size(); ++point)
  {
    setting& crowd = experiment.settings[point];
    const auto overlaps = [&](const contender& contender) {
      return contender.point == point &&
             contender.overlap.value_or(overlap::nothing) != overlap::nothing;
    };
    const auto found = std::ranges::find_if(experiment.contenders, overlaps);
    if (!crowd.is_crowd() || found == experiment.contenders.end())
      continue;
    const auto tasks = crowd.tasks();
    // In as many processes, with one chunk and a pause in which all others connect: memory costs
    // most when it is used for the first time, so no connection may end and leave its own to
    // others.
    setting sample = crowd;
    const std::uint64_t one_in = std::clamp<std::uint64_t>(tasks / least_crowd, 1, most_one_in);
    sample.knobs.delay = std::max<duration>(1s, tasks / one_in * 50us);
    for (group& group : sample.groups)
    {
      group.repeat = (group.repeat + one_in - 1) / one_in;
      for (slow_poem& poem : group.poems)
        poem.pace = {poem.bytes, sample.knobs.delay};
    }
    const auto trackable = trackable_connections();
    measurement run;
    undisturbed([&] { run = run_once(*found, sample, nullptr, scratch); });
    const auto left = trackable_connections();
    if (left < tasks && left + sample.tasks() <= trackable)
      throw std::runtime_error(
        fmt::format("a firewall tracks connections here, has room for {} more and would drop the "
                    "others; raise sysctl net.netfilter.nf_conntrack_max, or ask for fewer --tasks",
          count_text(left, "connection")));
    const double share = static_cast<double>(tasks) / static_cast<double>(sample.tasks());
    if (run.wrong.empty())
      crowd.connecting = std::max(run.wall - seconds(sample.knobs.delay), 0.0) * share;
    for (contender& contender : experiment.contenders)
    {
      if (contender.point != point || contender.overlap == overlap::nothing)
        continue;
      contender.time += crowd.connecting;
      contender.predicted += crowd.connecting;
    }
  }
}

void carry_out(experiment& experiment, scratch& scratch,
  const std::function<void(const contender&, std::optional<std::uint64_t>)>& show)
{
  const auto measure_cores = [&, needed = cores_needed(experiment)] {
    double cores = not_measured;
    if (needed > 0)
      undisturbed([&] { cores = effective_cores(needed); });
    experiment.cores = std::fmin(experiment.cores, cores);
  };
  warm_up(experiment, scratch);
  std::vector<contender*> order;
  for (contender& contender : experiment.contenders)
  {
    if (contender.runs.empty())
      order.push_back(&contender);
  }
  std::mt19937 random(std::random_device{}());
  const bool recorded = is_recorded(experiment);

  measure_cores();
  for (std::uint64_t round = 0; round < experiment.scenario.runs; ++round)
  {
    std::ranges::shuffle(order, random);
    for (contender* contender : order)
    {
      show(*contender, {});
      measurement run;
      std::optional<figure::recording> recording;
      contender->repeated += undisturbed([&] {
        run = run_once(*contender, experiment.settings[contender->point],
          recorded ? &recording : nullptr, scratch,
          [&](std::uint64_t connected) { show(*contender, connected); });
      });
      contender->runs.push_back(run);
      if (!contender->recording && run.wrong.empty())
        contender->recording = std::move(recording);
    }
    measure_cores();
  }
}

} // namespace poetry::race
