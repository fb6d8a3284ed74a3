#include "client/race/run/race.hpp"

#include "client/race/run/cores.hpp"
#include "client/race/run/trial.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// Larger runs are not recorded: writing the recording down would be what is measured.
constexpr std::uint64_t most_recorded_tasks = 16;
constexpr std::uint64_t most_recorded_chunks = 5000;
constexpr std::uint64_t most_recorded_bytes = 1 << 20;

/// Every program once, so that the first run that counts does not pay for reading it from disk.
void warm_up(const plan& plan, scratch& scratch, const interruption& interruption)
{
  const knobs one_chunk{.tasks = 1, .bytes = 10, .delay = 0s};
  const setting setting = make_setting(one_chunk, "", {});
  std::set<std::string> models;
  for (const pairing& pairing : plan.pairings)
    models.insert(pairing.model);
  for (const std::string& model : models)
    run({setting, model, 0s, {}}, scratch, interruption);
}

/// All points of a scenario are recorded or none, for recording costs something, too.
bool is_recorded(const plan& plan)
{
  return std::ranges::all_of(plan.settings, [](const setting& setting) {
    return setting.groups.size() == 1 && setting.tasks() <= most_recorded_tasks &&
           setting.chunks() <= most_recorded_chunks && setting.bytes() <= most_recorded_bytes;
  });
}

bool counts_on_cores(const plan& plan)
{
  const auto needs = [](const pairing& pairing) { return pairing.cores_needed > 0; };
  return std::ranges::any_of(plan.pairings, needs) ||
         std::ranges::any_of(plan.scenario.expectations,
           [](const expectation& expectation) { return expectation.cores_needed > 0; });
}

} // namespace

outcome carry_out(const plan& plan, scratch& scratch, const interruption& interruption,
  const std::function<void(const pairing&)>& before_each)
{
  outcome result{plan, {}, {}};
  const auto look_at_cores = [&] {
    if (counts_on_cores(plan))
      result.cores = std::fmin(result.cores, effective_cores());
  };
  result.runs.resize(plan.pairings.size());
  result.traces.resize(plan.pairings.size());
  std::vector<std::size_t> order(plan.pairings.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(std::random_device{}());
  const bool recorded = is_recorded(plan);

  warm_up(plan, scratch, interruption);
  look_at_cores();
  for (std::uint64_t round = 0; round < plan.runs; ++round)
  {
    std::ranges::shuffle(order, random);
    for (const std::size_t i : order)
    {
      const pairing& pairing = plan.pairings[i];
      const setting& setting = plan.settings[pairing.setting];
      before_each(pairing);
      std::filesystem::path trace;
      if (recorded)
        trace = scratch.new_path("trace");
      result.runs[i].push_back(
        run({setting, pairing.model, pairing.predicted, trace}, scratch, interruption));
      if (result.traces[i].empty() && result.runs[i].back().wrong.empty())
        result.traces[i] = trace;
    }
    look_at_cores();
  }
  return result;
}

} // namespace poetry::race
