#include "client/race/run/race.hpp"

#include "client/race/run/machine.hpp"
#include "client/race/run/trial.hpp"

#include <algorithm>
#include <cmath>
#include <random>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// Larger runs are not recorded: writing the recording would be what is measured.
constexpr std::uint64_t most_recorded_tasks = 16;
constexpr std::uint64_t most_recorded_chunks = 1500;
constexpr std::uint64_t most_recorded_bytes = 1 << 20;

/// Runs every program once, so that no measured run pays for reading it from disk.
void warm_up(const experiment& experiment, scratch& scratch, const interruption& interruption)
{
  const setting one_chunk = make_setting({.tasks = 1, .bytes = 10, .delay = 0s}, "", {});
  for (const contender& contender : experiment.contenders)
  {
    if (contender.point == 0)
      run_once({.name = contender.name,
                 .command = contender.command,
                 .overlap = contender.overlap,
                 .predicted = 0s},
        one_chunk, false, scratch, {}, interruption);
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

/// Whether the servers tell of their readers: where somebody asks for it, or where it costs little.
bool is_accounted(const experiment& experiment)
{
  constexpr std::uint64_t few_tasks = 100;
  return std::ranges::any_of(experiment.contenders, &contender::is_own) ||
         std::ranges::any_of(experiment.claims,
           [](const claim& claim) {
             return claim.expected.find(".connections") != std::string::npos ||
                    claim.expected.find(".whole") != std::string::npos;
           }) ||
         std::ranges::all_of(experiment.settings, [](const setting& setting) {
           return setting.tasks() <= few_tasks && setting.knobs.delay > 0s;
         });
}

bool depends_on_cores(const experiment& experiment)
{
  const auto needs_cores = [](const auto& expected) { return expected.cores_needed > 0; };
  return std::ranges::any_of(experiment.contenders, needs_cores) ||
         std::ranges::any_of(experiment.claims, needs_cores);
}

} // namespace

void carry_out(experiment& experiment, scratch& scratch, const interruption& interruption,
  const std::function<void(const contender&)>& before_each)
{
  const auto measure_cores = [&] {
    if (depends_on_cores(experiment))
      experiment.cores = std::fmin(experiment.cores, effective_cores());
  };
  std::vector<contender*> order;
  for (contender& contender : experiment.contenders)
    order.push_back(&contender);
  std::mt19937 random(std::random_device{}());
  const bool recorded = is_recorded(experiment);
  const bool accounted = is_accounted(experiment);

  warm_up(experiment, scratch, interruption);
  measure_cores();
  for (std::uint64_t round = 0; round < experiment.runs; ++round)
  {
    std::ranges::shuffle(order, random);
    for (contender* contender : order)
    {
      before_each(*contender);
      const auto recording = recorded ? scratch.new_path("trace") : std::filesystem::path();
      contender->runs.push_back(run_once(*contender, experiment.settings[contender->point],
        accounted, scratch, recording, interruption));
      if (contender->recording.empty() && contender->runs.back().wrong.empty())
        contender->recording = recording;
    }
    measure_cores();
  }
}

} // namespace poetry::race
