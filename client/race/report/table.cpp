#include "client/race/report/report.hpp"

#include "client/models.hpp"
#include "client/race/plan/prediction.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace poetry::race {
namespace {

using kind = figure::table::kind;

constexpr std::pair<subject, const char*> subjects[] = {
  {subject::asynchronous_wins, "Where asynchronous wins"},
  {subject::asynchronous_does_not_win, "Where it does not"},
  {subject::faults, "How clients take faults"},
  {subject::asserted, "What was asserted"},
  {subject::fairness, "That the race is fair"},
};

/// What follows from the shape of an own program; empty when its servers leave it no other.
std::string lesson_of(const setting& setting, const contender& contender)
{
  const auto shape = shape_of(setting, contender);
  const double longest = predict(setting, overlap::waits, 1);
  const double sum = predict(setting, overlap::nothing, 1);
  if (shape.empty() || !(sum > longest) || setting.knobs.faults)
    return "";
  const auto at_once = time_text(longest);
  if (shape == "all at once")
    return fmt::format("{} reads all at once: none can be faster than the longest download, {}.",
      contender.name, at_once);
  return fmt::format("{} reads {}; read all at once it would take {}.", contender.name,
    shape == "one after another" ? "one server after another: it takes the sum, " + time_text(sum)
                                 : shape,
    at_once);
}

} // namespace

figure::table results_of(const experiment& experiment)
{
  const auto& contenders = experiment.contenders;
  const scenario& scenario = experiment.scenario;
  figure::table table{scenario.name, scenario.shows, {}, {}, {}};
  table.rows.resize(contenders.size());
  // A column in which no row has a value is left out.
  const auto add_column = [&](const figure::table::column& column, auto text_of) {
    std::vector<std::string> cells;
    std::ranges::transform(contenders, std::back_inserter(cells), text_of);
    if (std::ranges::all_of(cells, [](const auto& cell) { return cell.empty() || cell == "-"; }))
      return;
    table.columns.push_back(column);
    for (std::size_t i = 0; i < cells.size(); ++i)
      table.rows[i].push_back(cells[i].empty() ? "-" : cells[i]);
  };
  add_column({scenario.sweep},
    [&](const contender& contender) { return experiment.settings[contender.point].label; });
  add_column({"model"}, [](const contender& contender) { return contender.name; });
  add_column({"predicted", kind::number},
    [](const contender& contender) { return to_text(contender.predicted, unit::seconds); });
  const bool has_own = std::ranges::any_of(contenders, &contender::is_own);
  for (const metric& metric : metrics)
  {
    if (!metric.heading.empty() && (has_own || metric.name != "process"))
      add_column({std::string(metric.heading), kind::number}, [&](const contender& contender) {
        return to_text(spread_of(contender.runs, metric.value).median, metric.unit);
      });
    if (metric.name == "process")
      add_column({"min-max", kind::number}, [](const contender& contender) {
        const spread wall = spread_of(contender.runs, &measurement::wall);
        return wall.least < wall.most ? fmt::format("{:.3f}-{:.3f}", wall.least, wall.most) : "";
      });
  }
  if (has_own)
    add_column({"shape"}, [&](const contender& contender) {
      return shape_of(experiment.settings[contender.point], contender);
    });
  add_column({"verdict", kind::verdict}, [&](const contender& contender) {
    const auto verdict = judge_wall(experiment, contender).verdict;
    const bool is_expected = contender.is_predicted() && scenario.tolerance > 0;
    return verdict != verdict::none || is_expected ? to_text(verdict) : "";
  });

  const auto add_note = [&](const std::string& note) {
    if (!note.empty())
      table.notes.push_back(note);
  };
  for (const contender& contender : contenders)
  {
    if (const auto wrong = wrong_in(contender.runs); !wrong.empty())
      add_note(fmt::format("{} went wrong: {}", experiment.label_of(contender), wrong));
    else if (contender.is_own() && contender.point == experiment.settings.size() - 1)
      add_note(lesson_of(experiment.settings.back(), contender));
    if (contender.repeated > 0)
      add_note(fmt::format("{}: {} stopped from outside, and repeated",
        experiment.label_of(contender), contender.repeated == 1 ? "a run was" : "some runs were"));
  }
  if (has_own && scenario.knobs.faults)
    add_note("Who does not know a poem cannot tell a truncated one: of your programs that is not "
             "judged, nor how long they wait for a server that stalls.");
  if (has_own)
    add_note("process: from exec to exit. shape: as the servers saw it.");
  if (std::ranges::find(contenders, overlap::waits_in_the_kernel, &contender::overlap) !=
      contenders.end())
    add_note("Downloads of eager and broken count from their connection on: their waits overlap in "
             "the kernel.");
  return table;
}

figure::table claims_of(std::span<const experiment> experiments, bool with_others)
{
  std::vector<claim> claims;
  for (const experiment& experiment : experiments)
    claims.insert(claims.end(), experiment.claims.begin(), experiment.claims.end());
  for (const scenario& scenario : scenarios())
  {
    if (!with_others || std::ranges::any_of(experiments, [&](const experiment& experiment) {
          return experiment.scenario.name == scenario.name;
        }))
      continue;
    for (claim claim : scenario.claims)
    {
      claim.measured = "run poetry-race --scenario " + scenario.name;
      if (claim.subject == subject::asynchronous_does_not_win)
        claims.push_back(std::move(claim));
    }
  }
  figure::table table;
  table.columns = {{"claim"}, {"expected"}, {"measured"}, {"verdict", kind::verdict}};
  for (const auto& [subject, heading] : subjects)
  {
    table.rows.push_back({heading});
    const std::size_t before = table.rows.size();
    for (const claim& claim : claims)
    {
      if (claim.subject == subject)
        table.rows.push_back({claim.text, claim.expected, claim.measured, to_text(claim.verdict)});
    }
    if (table.rows.size() == before)
      table.rows.pop_back();
  }
  return table;
}

} // namespace poetry::race
