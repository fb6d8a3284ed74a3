#include "client/race/plan/measurement.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <vector>

namespace poetry::race {
namespace {

std::string bytes_text(double bytes)
{
  return bytes < 10e3   ? fmt::format("{:.0f} bytes", bytes)
         : bytes < 1e6  ? fmt::format("{:.0f} kB", bytes / 1e3)
         : bytes < 10e6 ? fmt::format("{:.1f} MB", bytes / 1e6)
         : bytes < 10e9 ? fmt::format("{:.0f} MB", bytes / 1e6)
                        : fmt::format("{:.1f} GB", bytes / 1e9);
}

} // namespace

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
  if (unit == unit::factor)
    return fmt::format("{:.2f}x", value);
  return value < 100 && value != std::floor(value) ? fmt::format("{:.2f}", value)
                                                   : fmt::format("{:.0f}", value);
}

} // namespace poetry::race
