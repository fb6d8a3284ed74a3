#include "client/race/run/verdict.hpp"

#include "client/race/plan/assertion.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

namespace poetry::race {
namespace {

/// What starting a program and waking up may add to a wall clock, however short that is.
constexpr double start_up = 0.025;
constexpr double work_tolerance = 0.05;

// Claims that stand for every plan, told from the others by having these instead of an assertion.
constexpr auto whole_poems = "every run";
constexpr auto predicted_times = "every prediction";
constexpr auto work_as_asked = "every work_s";

std::string too_few_cores(const outcome& outcome, double needed)
{
  return fmt::format(
    "this takes {} effective cores, the machine had {:.2f}", needed, outcome.cores);
}

double value_of(const outcome& outcome, std::size_t pairing, double measurement::*metric)
{
  return spread_of(outcome.runs[pairing], metric).median;
}

/// How many of the pairings got a verdict, and what the others did instead.
judgement judge_each(const outcome& outcome, const expectation& expectation,
  verdict (*judge)(const race::outcome&, std::size_t))
{
  judgement result{expectation.claim, expectation.assertion, "", verdict::met, expectation.win};
  std::size_t met = 0;
  std::size_t judged = 0;
  double cores_needed = 0;
  std::string others;
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
  {
    const verdict verdict = judge(outcome, i);
    const pairing& pairing = outcome.plan.pairings[i];
    judged += verdict == verdict::met || verdict == verdict::not_met ? 1 : 0;
    met += verdict == verdict::met ? 1 : 0;
    if (verdict == verdict::withheld)
      cores_needed = std::max(cores_needed, pairing.cores_needed);
    if (verdict != verdict::not_met)
      continue;
    const std::string& label = outcome.plan.settings[pairing.setting].label;
    const std::string wrong = wrong_in(outcome.runs[i]);
    others += fmt::format("; {}{}{}", pairing.model, label.empty() ? "" : "@" + label,
      wrong.empty() ? "" : " (" + wrong + ")");
  }
  result.measured =
    fmt::format("{} of {}{}", met, judged, others.empty() ? "" : ", not" + others.substr(1));
  if (met < judged)
    result.verdict = verdict::not_met;
  else if (cores_needed > 0)
  {
    result.verdict = judged == 0 ? verdict::withheld : verdict::met;
    result.measured += "; the others withheld: " + too_few_cores(outcome, cores_needed);
  }
  return result;
}

verdict judge_runs(const outcome& outcome, std::size_t pairing)
{
  return wrong_in(outcome.runs[pairing]).empty() ? verdict::met : verdict::not_met;
}

verdict judge_work(const outcome& outcome, std::size_t pairing)
{
  const double due = value_of(outcome, pairing, &measurement::work_due);
  const double done = value_of(outcome, pairing, &measurement::work);
  if (outcome.plan.settings[outcome.plan.pairings[pairing].setting].knobs.work == duration{})
    return verdict::none;
  return std::abs(done - due) <= work_tolerance * due &&
             judge_runs(outcome, pairing) == verdict::met
           ? verdict::met
           : verdict::not_met;
}

std::string joined(const std::set<std::string>& reasons)
{
  return fmt::format("{}", fmt::join(reasons, "; "));
}

/// Looks quantities up at one point, and remembers which could not be found and why.
class reading
{
public:
  reading(const outcome& outcome, std::size_t point) : outcome_(outcome), point_(point) {}

  double operator()(const quantity& quantity)
  {
    const auto point = quantity.point.empty() ? point_ : outcome_.plan.find_point(quantity.point);
    const auto& pairings = outcome_.plan.pairings;
    const auto found = std::ranges::find_if(pairings, [&](const pairing& pairing) {
      return pairing.setting == point && pairing.model == quantity.model;
    });
    if (!point || found == pairings.end())
    {
      missing_.insert(fmt::format("{} did not run", to_text(quantity)));
      return not_measured;
    }
    const auto index = static_cast<std::size_t>(found - pairings.begin());
    if (const auto why = wrong_in(outcome_.runs[index]); !why.empty())
      wrong_.insert(fmt::format("{}: {}", quantity.model, why));
    const double value = value_of(outcome_, index, find_metric(quantity.metric)->value);
    if (std::isnan(value))
      missing_.insert(fmt::format("{} was not measured", to_text(quantity)));
    return value;
  }

  std::string missing() const { return joined(missing_); }
  std::string wrong() const { return joined(wrong_); }

private:
  const outcome& outcome_;
  std::optional<std::size_t> point_;
  std::set<std::string> missing_;
  std::set<std::string> wrong_;
};

std::string numbers_of(const assertion& assertion, reading reading)
{
  std::string result;
  for (const quantity& quantity : assertion.quantities())
  {
    const double value = reading(quantity);
    result += fmt::format("{}{} {}", result.empty() ? "" : ", ", to_text(quantity),
      to_text(value, find_metric(quantity.metric)->unit));
  }
  return result;
}

/// The verdict at one point of a sweep, and what it rests on.
std::pair<verdict, std::string> judge_at(const outcome& outcome, const expectation& expectation,
  const assertion& assertion, std::size_t point)
{
  reading reading(outcome, point);
  const bool holds = assertion.holds(std::ref(reading));
  if (!reading.wrong().empty())
    return {verdict::not_met, reading.wrong()};
  if (!reading.missing().empty())
    return {verdict::withheld, reading.missing()};
  const std::string numbers = numbers_of(assertion, reading);
  if (outcome.cores < expectation.cores_needed)
    return {verdict::withheld, numbers + "; " + too_few_cores(outcome, expectation.cores_needed)};
  return {holds ? verdict::met : verdict::not_met, numbers};
}

judgement judge_assertion(const outcome& outcome, const expectation& expectation)
{
  const assertion assertion(expectation.assertion);
  judgement result{expectation.claim, expectation.assertion, "", verdict::met, expectation.win};
  const bool names_points = std::ranges::any_of(
    assertion.quantities(), [](const quantity& quantity) { return !quantity.point.empty(); });
  const std::size_t points = outcome.plan.settings.size();
  // At every point, up to the first that is not well; once, where points are named.
  for (std::size_t point = names_points ? points - 1 : 0;
       point < points && result.verdict == verdict::met; ++point)
    std::tie(result.verdict, result.measured) = judge_at(outcome, expectation, assertion, point);
  return result;
}

} // namespace

std::string wrong_in(const std::vector<measurement>& runs)
{
  std::set<std::string> reasons;
  for (const measurement& run : runs)
  {
    if (!run.wrong.empty())
      reasons.insert(run.wrong);
  }
  return joined(reasons);
}

std::string to_text(verdict verdict)
{
  switch (verdict)
  {
  case verdict::met:
    return "met";
  case verdict::not_met:
    return "not met";
  case verdict::withheld:
    return "withheld";
  case verdict::none:
    break;
  }
  return "-";
}

std::vector<expectation> claims_of(const plan& plan)
{
  std::vector<expectation> claims = {
    {"every poem arrives whole, its checksum that of the file served", whole_poems}};
  const auto predicted = [](const pairing& pairing) { return pairing.predicted.has_value(); };
  if (plan.scenario.tolerance > 0 && std::ranges::any_of(plan.pairings, predicted))
    claims.push_back(
      {fmt::format("every wall clock is the one predicted, within {:.0f} % or {:.0f} ms",
         plan.scenario.tolerance * 100, start_up * 1e3),
        predicted_times});
  const auto works = [](const setting& setting) { return setting.knobs.work > duration{}; };
  if (std::ranges::any_of(plan.settings, works))
    claims.push_back({"every model does the work it was asked for, within 5 %", work_as_asked});
  claims.insert(claims.end(), plan.scenario.expectations.begin(), plan.scenario.expectations.end());
  return claims;
}

verdict judge_pairing(const outcome& outcome, std::size_t pairing)
{
  if (judge_runs(outcome, pairing) == verdict::not_met)
    return verdict::not_met;
  const race::pairing& expected = outcome.plan.pairings[pairing];
  if (!expected.predicted || outcome.plan.scenario.tolerance == 0)
    return verdict::none;
  const double predicted = seconds(*expected.predicted);
  const double measured = value_of(outcome, pairing, &measurement::wall);
  const double allowed = std::max(predicted * outcome.plan.scenario.tolerance, start_up);
  // Too few cores make a run slower, and never faster.
  if (measured < predicted - allowed)
    return verdict::not_met;
  if (outcome.cores < expected.cores_needed)
    return verdict::withheld;
  return measured <= predicted + allowed ? verdict::met : verdict::not_met;
}

std::vector<judgement> judge(const outcome& outcome)
{
  std::vector<judgement> result;
  for (const expectation& expectation : claims_of(outcome.plan))
  {
    if (expectation.assertion == whole_poems)
      result.push_back(judge_each(outcome, expectation, judge_runs));
    else if (expectation.assertion == predicted_times)
      result.push_back(judge_each(outcome, expectation, judge_pairing));
    else if (expectation.assertion == work_as_asked)
      result.push_back(judge_each(outcome, expectation, judge_work));
    else
      result.push_back(judge_assertion(outcome, expectation));
  }
  return result;
}

} // namespace poetry::race
