#include "client/race/plan/claim.hpp"

#include "client/race/plan/experiment.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poetry::race {
namespace {

/// What starting a program and waking up may add to a wall clock, however short it is.
constexpr double start_up = 0.025;

/// Names of what is expected of each contender and is no assertion.
constexpr std::string_view every_run = "every run";
constexpr std::string_view every_prediction = "every prediction";

/// Why a machine cannot show what takes so many idle cores; empty when it can.
std::string too_few_cores(const experiment& experiment, unsigned needed)
{
  const double effective = 0.9 * needed;
  return experiment.cores < effective
           ? fmt::format("this takes {:.1f} effective cores, the machine had {:.2f}", effective,
               experiment.cores)
           : "";
}

/// Judges an assertion at a point of a sweep, or for `each`.
finding judge_at(const experiment& experiment, const claim& claim, std::size_t point,
  const contender* each = nullptr)
{
  const auto contender_of = [&](const quantity& quantity) {
    return each ? each : experiment.find(quantity, point);
  };
  // From what it would have been without delays to what it was.
  const auto range_of = [&](const quantity& quantity) {
    const auto& runs = contender_of(quantity)->runs;
    const auto value = quantity.metric->value;
    return between{median_undelayed(runs, value), spread_of(runs, value).median};
  };
  std::vector<std::string> numbers;
  std::vector<std::string> delays;
  for (const quantity& quantity : quantities_of(claim.expected))
  {
    const auto name = each ? std::string(quantity.metric->name) : to_text(quantity);
    const auto* contender = contender_of(quantity);
    if (!contender)
      return {verdict::none, name + " did not run"};
    if (const auto wrong = wrong_in(contender->runs); !wrong.empty())
      return {verdict::not_met, fmt::format("{}: {}", quantity.contender, wrong)};
    const auto [undelayed, value] = range_of(quantity);
    if (std::isnan(value))
      return {verdict::none, name + " was not measured"};
    numbers.push_back(name + " " + to_text(value, quantity.metric->unit));
    if (undelayed < value)
      delays.push_back(fmt::format("{} by {}", name, time_text(value - undelayed)));
  }
  const auto told = fmt::format("{}", fmt::join(numbers, ", "));
  if (const auto reason = too_few_cores(experiment, claim.cores_needed); !reason.empty())
    return {verdict::inconclusive, told + "; " + reason};
  const auto measured = [&](const quantity& quantity) {
    const double value = range_of(quantity).most;
    return between{value, value};
  };
  if (may_hold(claim.expected, measured))
    return {verdict::met, told};
  if (may_hold(claim.expected, range_of))
    return {verdict::inconclusive,
      fmt::format("{}; others on the machine may have delayed {}", told, fmt::join(delays, ", "))};
  return {verdict::not_met, told};
}

/// Judges a claim about each contender for one that ran.
finding judge_one(const experiment& experiment, const claim& claim, const contender& contender)
{
  if (const auto wrong = wrong_in(contender.runs); !wrong.empty())
    return {verdict::not_met, wrong};
  if (claim.expected == every_run)
    return {verdict::met};
  if (claim.expected == every_prediction)
    return judge_wall(experiment, contender);
  return judge_at(experiment, claim, contender.point, &contender);
}

/// Counts the contenders of which it is true, and names the others with the reason.
finding judge_each(const experiment& experiment, const claim& claim)
{
  std::size_t judged = 0;
  std::size_t met = 0;
  bool failed = false;
  std::string others;
  for (const contender& contender : experiment.contenders)
  {
    if (contender.runs.empty())
      continue;
    const auto [verdict, reason] = judge_one(experiment, claim, contender);
    judged += verdict != verdict::none ? 1 : 0;
    met += verdict == verdict::met ? 1 : 0;
    failed = failed || verdict == verdict::not_met;
    const std::string& label = experiment.settings[contender.point].label;
    if (verdict > verdict::none)
      others += fmt::format(", {} {}{}{}{}", verdict == verdict::not_met ? "not" : "inconclusive",
        contender.name, label.empty() ? "" : "@", label, reason.empty() ? "" : " (" + reason + ")");
  }
  return {failed    ? verdict::not_met
          : met > 0 ? verdict::met
                    : verdict::inconclusive,
    fmt::format("{} of {}{}", met, judged, others)};
}

/// Once, where every quantity names its point; otherwise at each point, and the worst counts.
finding judge_points(const experiment& experiment, const claim& claim)
{
  const bool names_points = std::ranges::all_of(quantities_of(claim.expected),
    [](const quantity& quantity) { return !quantity.point.empty(); });
  const std::size_t points = names_points ? 1 : experiment.settings.size();
  finding worst{verdict::met};
  for (std::size_t point = 0; point < points; ++point)
  {
    auto found = judge_at(experiment, claim, point);
    if (points > 1)
      found.reason.insert(0, experiment.point_text(point) + ": ");
    if (found.verdict >= worst.verdict)
      worst = found;
  }
  return worst;
}

} // namespace

std::string to_text(verdict verdict)
{
  return verdict == verdict::met ? "met" : verdict == verdict::not_met ? "not met" : "inconclusive";
}

std::vector<claim> general_claims(const experiment& experiment)
{
  std::vector<claim> claims;
  const auto add = [&](const std::string& text, std::string_view expected) {
    claims.push_back({text, std::string(expected), subject::fairness});
  };
  if (!experiment.scenario.knobs.faults)
    add("every poem arrives complete, with the checksum of its file", every_run);
  const double tolerance = experiment.scenario.tolerance;
  if (tolerance > 0 && std::ranges::any_of(experiment.contenders, &contender::is_predicted))
    add(fmt::format("every wall clock is as predicted, within {:.0f} % or {:.0f} ms",
          tolerance * 100, start_up * 1e3),
      every_prediction);
  if (std::ranges::any_of(experiment.settings,
        [](const setting& setting) { return setting.knobs.work > duration{}; }))
    add("every client does the work it was asked for, within 5 %",
      "0.95 * each.work_due < each.work < 1.05 * each.work_due");
  return claims;
}

finding judge_wall(const experiment& experiment, const contender& contender)
{
  if (const auto wrong = wrong_in(contender.runs); !wrong.empty())
    return {verdict::not_met, wrong};
  if (contender.runs.empty() || !contender.is_predicted() || experiment.scenario.tolerance == 0)
    return {};
  const auto allowed = [&](double predicted) {
    return std::max(predicted * experiment.scenario.tolerance, start_up);
  };
  const double predicted = contender.predicted;
  const double measured = spread_of(contender.runs, &measurement::wall).median;
  if (std::abs(measured - predicted) <= allowed(predicted))
    return {verdict::met};
  // CPU time of its own is not the fault of other programs.
  const double work = predicted * contender.cores_needed;
  if (work > 0 && spread_of(contender.runs, &measurement::cpu).median > 1.25 * work + 2 * start_up)
    return {verdict::not_met};
  // The machine makes a run slower, and never faster: with too few cores in proportion to them, and
  // by what others took of them.
  const auto missing = too_few_cores(experiment, contender.cores_needed);
  const double slowest = missing.empty() ? predicted : work / experiment.cores;
  const double undelayed = median_undelayed(contender.runs, &measurement::wall);
  if (measured > predicted && undelayed <= slowest + allowed(slowest))
    return {verdict::inconclusive,
      !missing.empty() ? missing
                       : fmt::format("others on the machine may have delayed it by {}",
                           time_text(measured - undelayed))};
  return {verdict::not_met};
}

void judge(const experiment& experiment, claim& claim)
{
  const auto found =
    claim.is_of_each() ? judge_each(experiment, claim) : judge_points(experiment, claim);
  claim.verdict = found.verdict;
  claim.measured = found.reason;
}

void judge(experiment& experiment)
{
  for (claim& claim : experiment.claims)
    judge(experiment, claim);
}

} // namespace poetry::race
