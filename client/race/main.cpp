#include "client/race/options.hpp"
#include "client/race/report/report.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/client_process.hpp"
#include "client/race/run/machine.hpp"
#include "client/race/run/race.hpp"
#include "common/interruption.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace poetry::race {
namespace {

/// A page is never smaller.
constexpr std::size_t least_page = 64 << 10;

/// Where the page is to be written, which is tried before the race.
std::string prepare_page(const std::filesystem::path& folder)
{
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw std::system_error(error, fmt::format("cannot write into {}", folder.string()));
  auto page = (folder / "report.html").string();
  check_writable(page, least_page);
  return page;
}

/// Nothing is lost with a page that cannot be written after all: the results have been told.
bool write_page(
  const std::string& path, std::span<const experiment> done, const std::string& command)
{
  try
  {
    const auto page = to_page(done, command);
    write_file(path, [&](std::ostream& out) { out << page; });
    complain(fmt::format("Wrote {}", path));
    return true;
  }
  catch (const std::exception& error)
  {
    complain(fmt::format("poetry-race: {}", error.what()));
    return false;
  }
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

bool has_crowd(const experiment& experiment)
{
  return std::ranges::any_of(experiment.settings, &setting::is_crowd);
}

/// Runs the experiments and reports on them; interrupted, on what was measured until then.
int race(race_options& options)
{
  const auto page = options.only_plan ? "" : prepare_page(options.out);
  const std::size_t width = output_width();
  interruption interruption;
  interruption.defer();
  std::optional<scratch> scratch;
  // Only for a crowd does a plan run something, which needs a folder.
  if (!options.only_plan || std::ranges::any_of(options.experiments, has_crowd))
    lead_children(scratch.emplace().cleaner(), interruption);
  progress progress(options.experiments);
  bool all_met = true;
  bool failed = false;
  const auto attempt = [&](const auto& act) {
    std::string complaint;
    try
    {
      act();
    }
    catch (const interrupted&)
    {
      complaint = "interrupted; everything it started has ended";
    }
    catch (const std::runtime_error& error)
    {
      complaint = with_limit(error.what());
      failed = true;
    }
    progress.clear();
    if (!complaint.empty())
      complain("poetry-race: " + complaint);
  };
  for (experiment& experiment : options.experiments)
  {
    if (!has_crowd(experiment))
      continue;
    complain("Measuring how fast connections are made here.");
    attempt([&] { measure_connecting(experiment, *scratch); });
  }
  std::span<experiment> done;
  while (done.size() < options.experiments.size() && interruption.signal() == 0 && !failed)
  {
    experiment& experiment = options.experiments[done.size()];
    done = std::span(options.experiments).first(done.size() + 1);
    if (options.only_plan)
    {
      say(describe(experiment, width));
      continue;
    }
    const auto announcement = announce(experiment, width);
    options.json ? complain_lines(announcement) : say(announcement);
    attempt([&] {
      carry_out(experiment, *scratch, [&](const contender& contender, auto connected) {
        progress.show(experiment, contender, connected);
      });
    });
    judge(experiment);
    all_met = all_met && std::ranges::none_of(experiment.claims,
                           [](const claim& claim) { return claim.verdict == verdict::not_met; });
    // The program that reads the output may have ended.
    before_the_end([&] { write_page(page, done, options.command); });
    if (!options.json)
      say(results_text(experiment, width));
  }
  if (!options.only_plan && !done.empty())
  {
    if (options.json)
      say(to_json(done));
    else if (done.size() > 1)
      say(verdicts_text(done, width));
    before_the_end({});
    failed = !write_page(page, done, options.command) || failed;
  }
  if (interruption.signal() != 0)
    return 128 + interruption.signal();
  return all_met && !failed ? exit_success : exit_failed;
}

} // namespace
} // namespace poetry::race

int main(int argc, char** argv)
{
  using namespace poetry::race;
  return poetry::run_program("poetry-race", [&]() -> int {
    if (argc > 0 && argv[0] == supervisor_name)
      return supervise(argv);
    auto options = parse_race_options(argc, argv);
    return options ? race(*options) : poetry::exit_success;
  });
}
