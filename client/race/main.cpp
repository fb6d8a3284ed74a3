#include "client/race/options.hpp"
#include "client/race/report/json.hpp"
#include "client/race/report/page.hpp"
#include "client/race/report/progress.hpp"
#include "client/race/report/text.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/client_process.hpp"
#include "client/race/run/machine.hpp"
#include "client/race/run/race.hpp"
#include "client/run/interruption.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <span>
#include <sstream>
#include <sys/ioctl.h>
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

/// How wide a line on stdout may be.
std::size_t output_width()
{
  winsize size = {};
  const bool is_terminal = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_terminal ? std::max<std::size_t>(size.ws_col, 60) : 1000;
}

void complain_lines(const std::string& text)
{
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    complain(line);
}

/// `essay, blocking`, or `many, blocking, tasks 64`.
std::string describe_run(const experiment& experiment, const contender& contender)
{
  const auto point = experiment.point_text(contender.point);
  return fmt::format(
    "{}, {}{}", experiment.scenario.name, contender.name, point.empty() ? "" : ", " + point);
}

/// Runs the experiments and reports on them; interrupted, on what was measured until then.
int race(race_options& options)
{
  prepare_folder(options.out);
  const auto report = std::filesystem::path(options.out) / "report.html";
  const std::size_t width = output_width();
  interruption interruption;
  interruption.defer();
  scratch scratch;
  std::uint64_t runs = 0;
  double time = 0;
  for (const experiment& experiment : options.experiments)
  {
    runs += experiment.contenders.size() * experiment.runs;
    time += experiment.time_s();
  }
  progress progress(runs, time);
  std::span<experiment> done;
  bool all_met = true;
  while (done.size() < options.experiments.size() && interruption.signal() == 0)
  {
    experiment& experiment = options.experiments[done.size()];
    done = std::span(options.experiments).first(done.size() + 1);
    progress.clear();
    const auto announcement = announce(experiment, width);
    options.json ? complain_lines(announcement) : say(announcement);
    try
    {
      carry_out(experiment, scratch, interruption, [&](const contender& contender) {
        progress.next(describe_run(experiment, contender), seconds(contender.time));
      });
    }
    catch (const interrupted&)
    {
      complain("poetry-race: interrupted; everything it started has ended");
    }
    progress.clear();
    judge(experiment);
    all_met = all_met && std::ranges::none_of(experiment.claims,
                           [](const claim& claim) { return claim.verdict == verdict::not_met; });
    // Before the last output: the program that reads it may have ended.
    if (done.size() == options.experiments.size() || interruption.signal() != 0)
      write_page(report, to_page(done, options.command));
    if (!options.json)
      say(results_text(experiment, width));
  }
  if (options.json)
    say(to_json(done));
  else if (done.size() > 1)
    say(verdicts_text(done, width));
  complain(fmt::format("Wrote {}", report.string()));
  if (interruption.signal() != 0)
    return 128 + interruption.signal();
  return all_met ? exit_success : exit_failed;
}

int run(int argc, char** argv)
{
  auto options = parse_race_options(argc, argv);
  if (!options)
    return exit_success;
  if (options->only_list)
  {
    for (const scenario& scenario : scenarios())
      say(fmt::format("{:<14} {}", scenario.name, scenario.shows));
    return exit_success;
  }
  if (options->only_plan)
  {
    for (const experiment& experiment : options->experiments)
      say(describe(experiment, output_width()));
    return exit_success;
  }
  try
  {
    return race(*options);
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
  if (argc > 0 && argv[0] == poetry::race::supervisor_name)
    return poetry::race::supervise(argv);
  return poetry::run_program("poetry-race", [&] { return poetry::race::run(argc, argv); });
}
