#include "client/race/report/table.hpp"

#include "client/models.hpp"
#include "client/race/plan/commands.hpp"
#include "client/race/run/kernel.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poetry::race {
namespace {

using cells = std::vector<std::string>;

std::size_t width_of(const std::string& text)
{
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

/// Columns as wide as their widest cell; the first `left` of them aligned to the left.
std::string align(const std::vector<cells>& rows, std::size_t left)
{
  std::vector<std::size_t> widths(rows.front().size());
  for (const cells& row : rows)
  {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const cells& row : rows)
  {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i)
    {
      const std::string space(widths[i] - width_of(row[i]), ' ');
      line += i < left ? " " + row[i] + space + " " : " " + space + row[i] + " ";
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string describe(const spread& spread)
{
  return std::isnan(spread.median) ? "-"
         : spread.least == spread.most
           ? to_text(spread.median, unit::seconds)
           : fmt::format("{} ({:.3f}-{:.3f})", to_text(spread.median, unit::seconds), spread.least,
               spread.most);
}

bool sweeps(const plan& plan)
{
  return !plan.scenario.sweep.empty();
}

cells heading(const plan& plan)
{
  cells row;
  if (sweeps(plan))
    row.push_back(plan.scenario.sweep);
  row.insert(row.end(), {"model", "predicted", "measured (min-max)", "overlap", "CPU", "memory",
                          "threads", "switches"});
  if (plan.scenario.knobs.tick > duration{})
    row.insert(row.end(), {"tick p99", "longest freeze"});
  row.emplace_back("verdict");
  return row;
}

cells to_cells(const outcome& outcome, std::size_t index)
{
  const plan& plan = outcome.plan;
  const pairing& pairing = plan.pairings[index];
  const auto& runs = outcome.runs[index];
  const auto cell = [&](double measurement::*value, unit unit) {
    return to_text(spread_of(runs, value).median, unit);
  };
  cells row;
  if (sweeps(plan))
    row.push_back(plan.settings[pairing.setting].label);
  row.push_back(pairing.model);
  row.push_back(pairing.predicted ? to_text(seconds(*pairing.predicted), unit::seconds) : "-");
  row.push_back(describe(spread_of(runs, &measurement::wall)));
  const double overlap = spread_of(runs, &measurement::overlap).median;
  row.push_back(std::isnan(overlap) ? "-" : fmt::format("{:.2f}x", overlap));
  row.push_back(cell(&measurement::cpu, unit::seconds));
  row.push_back(cell(&measurement::rss, unit::bytes));
  row.push_back(cell(&measurement::threads, unit::count));
  row.push_back(cell(&measurement::switches, unit::count));
  if (plan.scenario.knobs.tick > duration{})
    row.insert(row.end(),
      {cell(&measurement::tick_p99, unit::seconds), cell(&measurement::tick_max, unit::seconds)});
  row.push_back(to_text(judge_pairing(outcome, index)));
  return row;
}

std::string describe_load(const setting& setting)
{
  const knobs& knobs = setting.knobs;
  if (knobs.essay)
    return fmt::format("3 poems of 3003, 623 and 653 bytes, 30, 10 and 10 bytes every {}",
      poetry::to_text(knobs.delay));
  auto text =
    fmt::format("{} {} of {} bytes, {} every {}", knobs.tasks, knobs.tasks == 1 ? "poem" : "poems",
      knobs.bytes, knobs.num_bytes, poetry::to_text(knobs.delay));
  if (knobs.delay == duration{})
    text = fmt::format("{} poems of {} bytes, without a pause", knobs.tasks, knobs.bytes);
  if (knobs.slower > 1)
    text += fmt::format(", the first {} times as slow", knobs.slower);
  if (knobs.work > duration{})
    text += fmt::format(", {} of work per 10 bytes", poetry::to_text(knobs.work));
  if (knobs.tick > duration{})
    text += fmt::format(", a tick every {}", poetry::to_text(knobs.tick));
  if (setting.groups.size() > 1 && !setting.groups.front().chained)
    text +=
      fmt::format(", over {} servers and {} clients", setting.groups.size(), setting.groups.size());
  return text;
}

std::string describe_sweep(const plan& plan)
{
  auto text = describe_load(plan.settings.front());
  if (sweeps(plan))
    text += fmt::format("; {} = {}", plan.scenario.sweep, fmt::join(plan.scenario.values, ", "));
  return text;
}

} // namespace

std::string announce(const plan& plan)
{
  auto text = fmt::format("{}: {}\n  {}. {} {} of each model, in shuffled order.\n  Expected:\n",
    plan.scenario.name, plan.scenario.shows, describe_sweep(plan), plan.runs,
    plan.runs == 1 ? "run" : "runs");
  const auto bytes = [](const setting& setting) { return setting.knobs.bytes; };
  if (std::ranges::max(plan.settings, {}, bytes).knobs.bytes >= 1 << 20)
    text.insert(text.find("  Expected:"), "  " + describe_buffers() + "\n");
  std::vector<cells> claims;
  for (const expectation& claim : claims_of(plan))
    claims.push_back({"  " + claim.claim, claim.assertion});
  std::vector<cells> predictions = {{plan.scenario.sweep, "model", "predicted"}};
  for (const pairing& pairing : plan.pairings)
    predictions.push_back({plan.settings[pairing.setting].label, pairing.model,
      pairing.predicted ? to_text(seconds(*pairing.predicted), unit::seconds) : "-"});
  return text + align(claims, 2) + align(predictions, 2);
}

std::string describe(const plan& plan)
{
  std::string text = announce(plan);
  for (const setting& setting : plan.settings)
  {
    const auto& groups = setting.groups;
    for (std::size_t i = 0; i < std::min<std::size_t>(groups.size(), 3); ++i)
    {
      for (const recitation& recitation : recitations_of(groups[i]))
      {
        std::vector<std::string> poems;
        for (const std::size_t poem : recitation.recitals)
        {
          const auto& name = groups[i].recitals[poem].poem;
          poems.push_back(
            name.empty() ? fmt::format("POEM-OF-{}-BYTES", groups[i].recitals[poem].bytes) : name);
        }
        const auto command =
          server_command(setting, recitation, poems, fmt::format("127.0.0.{}", i + 1));
        text += fmt::format("  $ {}\n", fmt::join(command, " "));
      }
      const std::vector<std::string> ports(groups[i].recitals.size(), "PORT");
      const auto command = client_command(setting, groups[i], "MODEL", ports);
      text += fmt::format("  $ {}\n", fmt::join(command, " "));
    }
    if (groups.size() > 3)
      text += fmt::format("  and {} more servers and clients like these\n", groups.size() - 3);
  }
  return text + fmt::format("  {} runs, about {:.0f} s.\n", plan.pairings.size() * plan.runs,
                  seconds(plan.time()));
}

std::string tabulate(const outcome& outcome, std::span<const judgement> judgements)
{
  std::vector<cells> rows = {heading(outcome.plan)};
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
    rows.push_back(to_cells(outcome, i));
  std::string text = align(rows, sweeps(outcome.plan) ? 2 : 1);
  for (std::size_t i = 0; i < outcome.runs.size(); ++i)
  {
    if (const auto wrong = wrong_in(outcome.runs[i]); !wrong.empty())
      text += fmt::format("  {} went wrong: {}\n", outcome.plan.pairings[i].model, wrong);
  }
  const auto waits_in_the_kernel = [](const pairing& pairing) {
    return find_model(pairing.model).overlap == overlap::waits_in_the_kernel;
  };
  if (std::ranges::any_of(outcome.plan.pairings, waits_in_the_kernel))
    text +=
      "  Downloads of eager and broken count from their connection on: their waits overlap in "
      "the kernel.\n";
  std::vector<cells> claims;
  for (const judgement& judgement : judgements)
    claims.push_back({to_text(judgement.verdict), judgement.claim, judgement.measured});
  return text + "\n" + align(claims, 3);
}

std::string tabulate_claims(
  std::span<const outcome> outcomes, std::span<const std::vector<judgement>> judgements)
{
  std::vector<cells> rows = {{"scenario", "claim", "expected", "measured", "verdict"}};
  std::size_t met = 0;
  std::size_t withheld = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
  {
    for (const judgement& judgement : judgements[i])
    {
      rows.push_back({outcomes[i].plan.scenario.name, judgement.claim, judgement.expected,
        judgement.measured, to_text(judgement.verdict)});
      met += judgement.verdict == verdict::met ? 1 : 0;
      withheld += judgement.verdict == verdict::withheld ? 1 : 0;
    }
  }
  return "Claims\n" + align(rows, 5) +
         fmt::format("  {} of {} met, {} withheld.\n", met, rows.size() - 1, withheld);
}

} // namespace poetry::race
