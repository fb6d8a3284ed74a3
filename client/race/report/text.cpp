#include "client/race/report/report.hpp"

#include "client/figure/drawing/words.hpp"
#include "client/models.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/plan/prediction.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace poetry::race {
namespace {

using kind = figure::table::kind;

/// Lines of text are no longer than this, however wide the terminal.
constexpr std::size_t readable_width = 100;

/// Lines that begin with spaces.
std::string indented(const std::string& text, std::size_t spaces, std::size_t width)
{
  std::string lines;
  for (const auto& line :
    figure::wrapped(text, std::min(width, readable_width) - spaces, text.size()))
    lines += std::string(spaces, ' ') + line + "\n";
  return lines;
}

/// Columns as wide as their widest cell. What does not fit into `width` follows below, beside the
/// same columns before the first number.
std::string aligned(const figure::table& table, std::size_t width)
{
  std::string text;
  std::vector<std::string> lines(table.rows.size() + 1);
  std::vector<std::string> keys;
  const auto add_lines = [&] {
    for (const auto& line : lines)
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i)
  {
    const auto& [heading, holds] = table.columns[i];
    std::vector<std::string> cells = {heading};
    for (const auto& row : table.rows)
      cells.push_back(row[i]);
    const auto widest = std::ranges::max(cells, {}, &std::string::size).size();
    if (holds == kind::number && keys.empty())
      keys = lines;
    if (!keys.empty() && lines != keys && lines[0].size() + 2 + widest > width)
    {
      add_lines();
      text += "\n";
      lines = keys;
    }
    for (std::size_t line = 0; line < lines.size(); ++line)
      lines[line] += holds == kind::number ? fmt::format("  {:>{}}", cells[line], widest)
                                           : fmt::format("  {:<{}}", cells[line], widest);
  }
  add_lines();
  for (const auto& note : table.notes)
    text += indented(note, 2, width);
  return text;
}

std::string describe_load(const experiment& experiment)
{
  const scenario& scenario = experiment.scenario;
  const setting& setting = experiment.settings.front();
  const knobs& knobs = setting.knobs;
  const auto delay = poetry::to_text(knobs.delay);
  auto text =
    fmt::format("{} of {}", scenario.sweep == "tasks" ? "poems" : count_text(knobs.tasks, "poem"),
      count_text(knobs.bytes, "byte"));
  if (knobs.essay)
    text = "3 poems of 3003, 623 and 653 bytes, 30, 10 and 10 bytes every " + delay;
  else if (knobs.delay == duration{})
    text += ", without pauses";
  else
    text += fmt::format(", {} every {}", count_text(knobs.num_bytes, "byte"), delay);
  if (knobs.delay > scenario.knobs.delay && scenario.sweep != "delay")
    text += ", no faster than a core can serve them";
  if (knobs.faults)
    text += "; the second server refuses, then one resets half way, one truncates, and one stalls";
  if (knobs.slower > 1)
    text += fmt::format(", the first {} times as slow", knobs.slower);
  if (knobs.work > duration{})
    text += fmt::format(", {} of work per 10 bytes", poetry::to_text(knobs.work));
  if (knobs.tick > duration{})
    text += fmt::format(", a tick every {}", poetry::to_text(knobs.tick));
  if (setting.groups.size() > 1 && !setting.groups.front().chained)
    text += fmt::format(", over {0} servers and {0} clients", setting.groups.size());
  return text;
}

/// A row for each contender, a column for each point.
figure::table predictions_of(const experiment& experiment)
{
  figure::table table;
  table.columns = {{"model"}};
  for (std::size_t point = 0; point < experiment.settings.size(); ++point)
  {
    const auto heading = experiment.point_text(point);
    table.columns.push_back({heading.empty() ? "predicted" : heading, kind::number});
  }
  for (const contender& contender : experiment.contenders)
  {
    if (contender.point == 0)
      table.rows.push_back({contender.name});
    const auto row = std::ranges::find(
      table.rows, contender.name, [](const auto& cells) { return cells.front(); });
    row->push_back(to_text(contender.predicted, unit::seconds));
  }
  return table;
}

/// What many connections take.
std::string describe_crowd(const setting& setting)
{
  auto text = fmt::format("{} take {}.", count_text(setting.tasks(), "task"), demand_text(setting));
  if (setting.connecting > 0)
    text += fmt::format(" Connecting takes {} of the prediction, at {:.0f} connections a second, "
                        "measured with a part of them.",
      time_text(setting.connecting), static_cast<double>(setting.tasks()) / setting.connecting);
  return text;
}

/// The commands of a group's servers, at fixed ports, and of its clients.
std::string commands_text(const experiment& experiment, std::size_t point, group group)
{
  const setting& setting = experiment.settings[point];
  auto port = 10000;
  std::string text;
  for (const auto poems : by_server(group))
  {
    auto command = server_command(setting, group, poems, server_log_level::nothing);
    command.insert(command.begin() + 1, {"--port", fmt::format("{}", port)});
    text += fmt::format("  $ {} &\n", shell_text(command));
    for (slow_poem& poem : poems)
      poem.server = fmt::format("{}:{}", group.interface, port++);
  }
  const auto add_client = [&](const contender& contender) {
    const auto command = client_command(setting, group, contender, "OUT");
    text += fmt::format("  $ {}\n", contender.is_own() ? command.back() : shell_text(command));
  };
  add_client({.name = "MODEL"});
  for (const contender& contender : experiment.contenders)
  {
    if (contender.is_own() && contender.point == point)
      add_client(contender);
  }
  return text;
}

} // namespace

std::string announce(const experiment& experiment, std::size_t width)
{
  const scenario& scenario = experiment.scenario;
  auto load = describe_load(experiment);
  if (!scenario.sweep.empty())
    load += fmt::format("; {} = {}", scenario.sweep, fmt::join(scenario.values, ", "));
  load +=
    fmt::format(". {} per model, in shuffled order.", count_text(experiment.scenario.runs, "run"));
  auto text = indented(fmt::format("{}: {}", scenario.name, scenario.shows), 0, width) +
              indented(load, 2, width) + "  Expected:\n";
  for (const claim& claim : experiment.claims)
  {
    const bool is_plain = claim.subject >= subject::faults;
    text +=
      indented(is_plain ? claim.text : fmt::format("{}: {}", claim.text, claim.expected), 4, width);
  }
  for (const setting& setting : experiment.settings)
  {
    if (setting.is_crowd())
      text += indented(describe_crowd(setting), 2, width);
  }
  text += aligned(predictions_of(experiment), width);
  if (!experiment.left_out.empty())
    text +=
      indented(fmt::format("left out: {}; this is about --work, --tick or --chain of our clients",
                 fmt::join(experiment.left_out, ", ")),
        2, width);
  for (std::size_t point = 0; point < experiment.settings.size(); ++point)
  {
    const auto own = std::ranges::find_if(experiment.contenders,
      [&](const contender& contender) { return contender.is_own() && contender.point == point; });
    if (own == experiment.contenders.end())
      break;
    auto told = fmt::format("Of your programs nothing is predicted; after {} they are ended.",
      time_text(seconds(own->patience())));
    const setting& setting = experiment.settings[point];
    if (!setting.label.empty())
      told.insert(0, experiment.point_text(point) + ": ");
    if (const double sum = predict(setting, overlap::nothing, 1); sum > 0 && !setting.knobs.faults)
      told += fmt::format(" None can be faster than the longest download, {}, none need be slower "
                          "than their sum, {}.",
        time_text(predict(setting, overlap::waits, 1)), time_text(sum));
    text += indented(told, 2, width);
  }
  return text;
}

std::string describe(const experiment& experiment, std::size_t width)
{
  std::string text = announce(experiment, width);
  std::uint64_t made = 0;
  for (std::size_t point = 0; point < experiment.settings.size(); ++point)
  {
    const setting& setting = experiment.settings[point];
    const auto bytes = setting.knobs.bytes;
    // The essay's poems come with the programs.
    if (!setting.knobs.essay && bytes != std::exchange(made, bytes))
      text +=
        fmt::format("  $ seq -f 'and line %.0f waits for the line before,' {} | head -c {} > {}\n",
          bytes / 30 + 1, bytes, setting.groups.front().poems.front().file);
    const std::size_t shown = std::min<std::size_t>(setting.groups.size(), 3);
    for (std::size_t i = 0; i < shown; ++i)
      text += commands_text(experiment, point, setting.groups[i]);
    if (setting.groups.size() > shown)
      text += fmt::format(
        "  and {} more servers and clients like these\n", setting.groups.size() - shown);
  }
  return text + fmt::format("  {}, about {:.0f} s.\n",
                  count_text(experiment.contenders.size() * experiment.scenario.runs, "run"),
                  experiment.time_s());
}

std::string metrics_text()
{
  std::string text;
  for (const metric& metric : metrics)
    text += fmt::format("{}{}{}", text.empty() ? "Metrics: " : ", ", metric.name,
      metric.meaning.empty() ? "" : fmt::format(" ({})", metric.meaning));
  return indented(text + ".", 0, readable_width);
}

std::string results_text(const experiment& experiment, std::size_t width)
{
  std::string text = aligned(results_of(experiment), width) + "\n";
  for (const auto& row : claims_of({&experiment, 1}).rows)
  {
    if (row.size() == 1)
      text += "  " + row[0] + "\n";
    else
      text +=
        indented(fmt::format("{}: {}", row[3], row[0]), 4, width) + indented(row[2], 6, width);
  }
  return text;
}

std::string verdicts_text(std::span<const experiment> experiments, std::size_t width)
{
  figure::table table;
  table.columns = {{"scenario"}, {"verdict"}, {"claim"}};
  for (const experiment& experiment : experiments)
  {
    for (const claim& claim : experiment.claims)
      table.rows.push_back({experiment.scenario.name, to_text(claim.verdict), claim.text});
  }
  const auto count = [&](verdict verdict) {
    return std::ranges::count(table.rows, to_text(verdict), [](const auto& row) { return row[1]; });
  };
  return "Claims\n" + aligned(table, width) +
         fmt::format("  {} of {} met, {} inconclusive.\n", count(verdict::met), table.rows.size(),
           count(verdict::inconclusive));
}

} // namespace poetry::race
