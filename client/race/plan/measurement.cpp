#include "client/race/plan/measurement.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <vector>

namespace poetry::race {
namespace {

constexpr metric all_metrics[] = {
  {"wall", &measurement::wall, unit::seconds},
  {"process", &measurement::process, unit::seconds},
  {"predicted", &measurement::predicted, unit::seconds},
  {"sum", &measurement::sum, unit::seconds},
  {"longest", &measurement::longest, unit::seconds},
  {"overlap", &measurement::overlap, unit::count},
  {"cpu", &measurement::cpu, unit::seconds},
  {"switches", &measurement::switches, unit::count},
  {"rss", &measurement::rss, unit::bytes},
  {"threads", &measurement::threads, unit::count},
  {"work", &measurement::work, unit::seconds},
  {"work_due", &measurement::work_due, unit::seconds},
  {"ticks", &measurement::ticks, unit::count},
  {"tick_p99", &measurement::tick_p99, unit::seconds},
  {"tick_max", &measurement::tick_max, unit::seconds},
  {"rest", &measurement::rest, unit::seconds},
  {"at_once", &measurement::at_once, unit::count},
  {"exit_code", &measurement::exit_code, unit::count},
  {"connections", &measurement::connections, unit::count},
  {"whole", &measurement::whole, unit::count},
  {"failed", &measurement::failed, unit::count},
  {"went_on", &measurement::went_on, unit::seconds},
  {"delay", &measurement::delay, unit::seconds},
};

} // namespace

std::span<const metric> metrics()
{
  return all_metrics;
}

const metric* find_metric(std::string_view name)
{
  const auto found = std::ranges::find(all_metrics, name, &metric::name);
  return found == std::end(all_metrics) ? nullptr : found;
}

spread spread_of(std::span<const measurement> runs, double measurement::*value)
{
  std::vector<double> values;
  for (const measurement& run : runs)
  {
    if (run.wrong.empty() && std::isnan(run.*value))
      return {};
    if (run.wrong.empty())
      values.push_back(run.*value);
  }
  if (values.empty())
    return {};
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median =
    values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

double median_undelayed(std::span<const measurement> runs, double measurement::*value)
{
  constexpr double measurement::*prolonged[] = {&measurement::wall, &measurement::sum,
    &measurement::longest, &measurement::rest, &measurement::process, &measurement::went_on};
  // A tick waits once, for longer than most.
  constexpr double longer_than_most = 20;
  const bool is_tick = value == &measurement::tick_p99 || value == &measurement::tick_max;
  std::vector<measurement> undelayed(runs.begin(), runs.end());
  for (measurement& run : undelayed)
  {
    const double delay = is_tick ? longer_than_most * run.delay / run.switches : run.delay;
    if (delay > 0 && (is_tick || std::ranges::find(prolonged, value) != std::end(prolonged)))
      run.*value -= std::min(delay, run.*value);
  }
  return spread_of(undelayed, value).median;
}

std::string wrong_in(std::span<const measurement> runs)
{
  std::set<std::string> reasons;
  for (const measurement& run : runs)
  {
    if (!run.wrong.empty())
      reasons.insert(run.wrong);
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

std::string to_text(double value, unit unit)
{
  if (std::isnan(value))
    return "-";
  if (unit == unit::seconds)
    return time_text(value);
  if (unit == unit::bytes)
    return bytes_text(value);
  return value < 100 && value != std::floor(value) ? fmt::format("{:.2f}", value)
                                                   : fmt::format("{:.0f}", value);
}

} // namespace poetry::race
