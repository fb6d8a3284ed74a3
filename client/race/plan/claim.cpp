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
constexpr double work_tolerance = 0.05;

std::optional<verdict> judge_runs(const experiment&, const claim&, const contender& contender)
{
  if (contender.runs.empty())
    return std::nullopt;
  return wrong_in(contender.runs).empty() ? verdict::met : verdict::not_met;
}

std::optional<verdict> judge_prediction(
  const experiment& experiment, const claim&, const contender& contender)
{
  return judge_wall(experiment, contender);
}

std::optional<verdict> judge_work(
  const experiment& experiment, const claim&, const contender& contender)
{
  if (contender.runs.empty() || experiment.settings[contender.point].knobs.work == duration{})
    return std::nullopt;
  const double due = spread_of(contender.runs, &measurement::work_due).median;
  const double done = spread_of(contender.runs, &measurement::work).median;
  const bool is_done =
    wrong_in(contender.runs).empty() && std::abs(done - due) <= work_tolerance * due;
  return is_done ? verdict::met : verdict::not_met;
}

std::string too_few_cores(const experiment& experiment, double needed)
{
  return fmt::format(
    "this takes {} effective cores, the machine had {:.2f}", needed, experiment.cores);
}

/// A contender's values of an assertion about `each`, and what they are in words.
struct values_of_one
{
  std::vector<double> values;
  std::vector<double> undelayed;
  std::string text;
};

values_of_one values_of(const assertion& assertion, const contender& contender)
{
  values_of_one result;
  for (const quantity& quantity : assertion.quantities())
  {
    const metric& metric = *find_metric(quantity.metric);
    result.values.push_back(spread_of(contender.runs, metric.value).median);
    result.undelayed.push_back(median_undelayed(contender.runs, metric.value));
    result.text += fmt::format("{}{} {}", result.text.empty() ? "" : ", ", quantity.metric,
      to_text(result.values.back(), metric.unit));
  }
  return result;
}

/// `async@64`: a contender's name, of a sweep with the point.
std::string name_of(const experiment& experiment, const contender& contender)
{
  const std::string& label = experiment.settings[contender.point].label;
  return contender.name + (label.empty() ? "" : "@" + label);
}

/// Why the machine may be to blame for a contender's time.
std::string excuse_for(const experiment& experiment, const contender& contender)
{
  if (experiment.cores < contender.cores_needed)
    return too_few_cores(experiment, contender.cores_needed);
  return fmt::format("others on the machine may have delayed it by {}",
    time_text(spread_of(contender.runs, &measurement::delay).median));
}

/// Counts the contenders of which it is true, and names the others with the reason.
void judge_each(const experiment& experiment, claim& claim)
{
  std::size_t met = 0;
  std::vector<std::string> failed;
  std::vector<std::string> unclear;
  for (const contender& contender : experiment.contenders)
  {
    const auto verdict = claim.of_each(experiment, claim, contender);
    if (!verdict)
      continue;
    const auto name = name_of(experiment, contender);
    std::string wrong = wrong_in(contender.runs);
    if (wrong.empty() && claim.of_each == judge_assertion_of_each)
      wrong = values_of(assertion(claim.expected), contender).text;
    if (verdict == verdict::met)
      ++met;
    else if (verdict == verdict::inconclusive)
      unclear.push_back(fmt::format("{} ({})", name, excuse_for(experiment, contender)));
    else
      failed.push_back(wrong.empty() ? name : fmt::format("{} ({})", name, wrong));
  }
  claim.measured = fmt::format("{} of {}", met, met + failed.size() + unclear.size());
  if (!failed.empty())
    claim.measured += fmt::format(", not {}", fmt::join(failed, "; "));
  if (!unclear.empty())
    claim.measured += fmt::format(", inconclusive {}", fmt::join(unclear, "; "));
  claim.verdict = !failed.empty() ? verdict::not_met
                  : met > 0       ? verdict::met
                                  : verdict::inconclusive;
}

/// Judges an assertion at one point of a sweep.
void judge_at(
  const experiment& experiment, std::size_t point, const assertion& assertion, claim& claim)
{
  std::vector<double> values;
  std::vector<double> undelayed;
  std::vector<std::string> numbers;
  std::vector<std::string> excuses;
  for (const quantity& quantity : assertion.quantities())
  {
    const auto* contender = experiment.find(quantity, point);
    const auto wrong = contender ? wrong_in(contender->runs) : "";
    const metric& metric = *find_metric(quantity.metric);
    values.push_back(contender ? spread_of(contender->runs, metric.value).median : not_measured);
    if (!wrong.empty() || std::isnan(values.back()))
    {
      claim.verdict = wrong.empty() ? verdict::inconclusive : verdict::not_met;
      claim.measured = !wrong.empty() ? fmt::format("{}: {}", quantity.contender, wrong)
                       : contender    ? to_text(quantity) + " was not measured"
                                      : to_text(quantity) + " did not run";
      return;
    }
    numbers.push_back(to_text(quantity) + " " + to_text(values.back(), metric.unit));
    undelayed.push_back(median_undelayed(contender->runs, metric.value));
    if (undelayed.back() < values.back())
      excuses.push_back(
        fmt::format("{} by {}", to_text(quantity), time_text(values.back() - undelayed.back())));
  }
  claim.measured = fmt::format("{}", fmt::join(numbers, ", "));
  claim.verdict = assertion.holds(values) ? verdict::met : verdict::not_met;
  if (experiment.cores < claim.cores_needed)
  {
    claim.measured += "; " + too_few_cores(experiment, claim.cores_needed);
    claim.verdict = verdict::inconclusive;
  }
  else if (claim.verdict == verdict::not_met && assertion.may_hold(undelayed, values))
  {
    claim.measured +=
      fmt::format("; others on the machine may have delayed {}", fmt::join(excuses, ", "));
    claim.verdict = verdict::inconclusive;
  }
}

/// Once, where every quantity names its point; otherwise at each point, and the worst counts.
void judge_assertion(const experiment& experiment, claim& claim)
{
  const assertion assertion(claim.expected);
  const bool names_points = std::ranges::all_of(
    assertion.quantities(), [](const quantity& quantity) { return !quantity.point.empty(); });
  const std::size_t points = names_points ? 1 : experiment.settings.size();
  race::claim worst = claim;
  for (std::size_t point = 0; point < points; ++point)
  {
    judge_at(experiment, point, assertion, claim);
    if (points > 1)
      claim.measured = experiment.point_text(point) + ": " + claim.measured;
    if (point == 0 || claim.verdict == verdict::not_met || worst.verdict == verdict::met)
      worst = claim;
    if (worst.verdict == verdict::not_met)
      break;
  }
  claim = worst;
}

} // namespace

std::string to_text(verdict verdict)
{
  return verdict == verdict::met ? "met" : verdict == verdict::not_met ? "not met" : "inconclusive";
}

std::vector<claim> general_claims(const experiment& experiment)
{
  std::vector<claim> claims;
  if (!experiment.scenario.knobs.faults)
    claims.push_back({.text = "every poem arrives complete, with the checksum of its file",
      .expected = "every run",
      .of_each = judge_runs});
  const double tolerance = experiment.scenario.tolerance;
  if (tolerance > 0 && std::ranges::any_of(experiment.contenders, [](const contender& contender) {
        return contender.predicted.has_value();
      }))
    claims.push_back(
      {.text = fmt::format("every wall clock is as predicted, within {:.0f} % or {:.0f} ms",
         tolerance * 100, start_up * 1e3),
        .expected = "every prediction",
        .of_each = judge_prediction});
  if (std::ranges::any_of(experiment.settings,
        [](const setting& setting) { return setting.knobs.work > duration{}; }))
    claims.push_back({.text = "every client does the work it was asked for, within 5 %",
      .expected = "every work_s",
      .of_each = judge_work});
  return claims;
}

std::optional<verdict> judge_assertion_of_each(
  const experiment&, const claim& claim, const contender& contender)
{
  const assertion assertion(claim.expected);
  const auto [values, undelayed, text] = values_of(assertion, contender);
  if (!wrong_in(contender.runs).empty())
    return verdict::not_met;
  if (std::ranges::any_of(values, [](double value) { return std::isnan(value); }))
    return std::nullopt;
  return assertion.holds(values)                 ? verdict::met
         : assertion.may_hold(undelayed, values) ? verdict::inconclusive
                                                 : verdict::not_met;
}

std::optional<verdict> judge_wall(const experiment& experiment, const contender& contender)
{
  if (!wrong_in(contender.runs).empty())
    return verdict::not_met;
  if (contender.runs.empty() || !contender.predicted || experiment.scenario.tolerance == 0)
    return std::nullopt;
  const auto allowed = [&](double predicted) {
    return std::max(predicted * experiment.scenario.tolerance, start_up);
  };
  const double predicted = seconds(*contender.predicted);
  const double measured = spread_of(contender.runs, &measurement::wall).median;
  if (std::abs(measured - predicted) <= allowed(predicted))
    return verdict::met;
  // Nobody else made it compute that much.
  const double work = predicted * contender.cores_needed / one_core;
  if (work > 0 && spread_of(contender.runs, &measurement::cpu).median > 1.25 * work + 2 * start_up)
    return verdict::not_met;
  // The machine makes a run slower, and never faster: with too few cores in proportion to them, and
  // by what others took of them.
  const double missing = contender.cores_needed / experiment.cores;
  const double slowest = missing > 1 ? predicted * missing / one_core : predicted;
  const double undelayed = median_undelayed(contender.runs, &measurement::wall);
  return measured > predicted && undelayed <= slowest + allowed(slowest) ? verdict::inconclusive
                                                                         : verdict::not_met;
}

void judge(experiment& experiment)
{
  for (claim& claim : experiment.claims)
    claim.of_each ? judge_each(experiment, claim) : judge_assertion(experiment, claim);
}

} // namespace poetry::race
