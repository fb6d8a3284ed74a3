#include "client/race/options.hpp"
#include "client/race/report/progress.hpp"
#include "client/race/report/report.hpp"
#include "client/race/report/table.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/kernel.hpp"
#include "client/race/run/race.hpp"
#include "client/run/interruption.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace poetry::race {
namespace {

/// Found out before the race, not after it.
void prepare_folder(const std::filesystem::path& folder)
{
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && ::access(folder.c_str(), W_OK | X_OK) != 0)
    error.assign(errno, std::generic_category());
  if (error)
    throw std::system_error(error, fmt::format("cannot write into {}", folder.string()));
}

void write_page(const std::filesystem::path& path, const std::string& page)
{
  std::ofstream file(path, std::ios::binary);
  file << page;
  if (!file.flush())
    throw std::system_error(
      errno, std::generic_category(), fmt::format("cannot write {}", path.string()));
}

void complain_lines(const std::string& text)
{
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    complain(line);
}

std::string describe(const plan& plan, const pairing& pairing)
{
  const setting& setting = plan.settings[pairing.setting];
  return fmt::format("{}, {}{}", plan.scenario.name, pairing.model,
    setting.label.empty() ? "" : fmt::format(", {} {}", plan.scenario.sweep, setting.label));
}

int race(const race_options& options)
{
  prepare_folder(options.out);
  const auto report = std::filesystem::path(options.out) / "report.html";
  raise_descriptor_limit();
  interruption interruption;
  interruption.defer();
  scratch scratch;
  std::uint64_t runs = 0;
  duration time{};
  for (const plan& plan : options.plans)
  {
    runs += plan.pairings.size() * plan.runs;
    time += plan.time();
  }
  progress progress(runs, time);
  std::vector<outcome> outcomes;
  std::vector<std::vector<judgement>> judgements;
  for (const plan& plan : options.plans)
  {
    progress.clear();
    options.json ? complain_lines(announce(plan)) : say(announce(plan));
    outcomes.push_back(carry_out(plan, scratch, interruption,
      [&](const pairing& pairing) { progress.next(describe(plan, pairing), pairing.time); }));
    judgements.push_back(judge(outcomes.back()));
    progress.clear();
    // Before the last of what is said: whoever listens may have gone.
    if (outcomes.size() == options.plans.size())
      write_page(report, to_page(outcomes, judgements, options.command));
    if (!options.json)
      say(tabulate(outcomes.back(), judgements.back()));
  }
  if (options.json)
    say(to_json(outcomes, judgements));
  else if (outcomes.size() > 1)
    say(tabulate_claims(outcomes, judgements));
  complain(fmt::format("Wrote {}", report.string()));

  const auto well = [](const std::vector<judgement>& all) {
    return std::ranges::none_of(
      all, [](const judgement& judgement) { return judgement.verdict == verdict::not_met; });
  };
  return std::ranges::all_of(judgements, well) ? exit_success : exit_failed;
}

int run(int argc, char** argv)
{
  const auto options = parse_race_options(argc, argv);
  if (!options)
    return exit_success;
  for (const scenario& scenario : scenarios())
  {
    if (options->only_list)
      say(fmt::format("{:<14} {}", scenario.name, scenario.shows));
  }
  for (const plan& plan : options->plans)
  {
    if (options->only_plan)
      say(describe(plan));
  }
  if (options->only_list || options->only_plan)
    return exit_success;
  try
  {
    return race(*options);
  }
  catch (const interrupted& interrupted)
  {
    complain("poetry-race: interrupted; everything it started has ended");
    return 128 + interrupted.signal;
  }
  catch (const std::runtime_error& error)
  {
    const auto limit = explain_limit(error.what());
    if (limit.empty())
      throw;
    throw std::runtime_error(fmt::format("{}; {}", error.what(), limit));
  }
}

} // namespace
} // namespace poetry::race

int main(int argc, char** argv)
{
  return poetry::run_program("poetry-race", [&] { return poetry::race::run(argc, argv); });
}
