#include "client/race/report/report.hpp"

#include <doctest/doctest.h>
#include <sstream>

using namespace poetry;
using namespace poetry::race;

namespace {

std::size_t widest_line(const std::string& text)
{
  std::istringstream lines(text);
  std::size_t most = 0;
  for (std::string line; std::getline(lines, line);)
    most = std::max(most, line.size());
  return most;
}

/// The essay, its runs all alike.
experiment essay()
{
  auto experiment = make_experiment(find_scenario("essay"), {}, {}, 2);
  for (contender& contender : experiment.contenders)
    contender.runs = {{.predicted = 4.6,
      .wall = 12.345,
      .overlap = 1.65,
      .cpu = 0.0123,
      .switches = 1234,
      .rss = 5.3e6,
      .threads = 1,
      .tick_p99 = 0.00034,
      .tick_max = 1.97}};
  judge(experiment);
  return experiment;
}

} // namespace

TEST_CASE("what is said fits into the terminal, and nothing is left out")
{
  const auto experiment = essay();
  for (const std::size_t width : {60U, 80U, 120U})
  {
    CAPTURE(width);
    CHECK(widest_line(announce(experiment, width)) <= width);
    const auto text = results_text(experiment, width);
    CHECK(widest_line(text) <= width);
    for (const char* part : {"12.345 s", "1.65x", "12.3 ms", "1234", "5.3 MB", "340 us", "1.970 s",
           "switches", "verdict"})
    {
      CAPTURE(part);
      CHECK(text.find(part) != text.npos);
    }
  }
}

TEST_CASE("columns without a value are left out")
{
  auto experiment = essay();
  CHECK(results_text(experiment, 120).find("tick max") != std::string::npos);
  for (contender& contender : experiment.contenders)
    contender.runs[0].tick_max = not_measured;
  CHECK(results_text(experiment, 120).find("tick max") == std::string::npos);
}

TEST_CASE("one poem is not called poems")
{
  const auto experiment =
    make_experiment(find_scenario("many"), {.knobs = {{"tasks", "1"}}, .runs = 1}, {}, 2);
  CHECK(
    announce(experiment, 100)
      .find("\n  1 poem of 100 bytes, 10 bytes every 10ms. 1 run per model") != std::string::npos);
}

TEST_CASE("the verdicts of several experiments are counted")
{
  const std::vector experiments = {essay(), essay()};
  const auto text = verdicts_text(experiments, 100);
  CHECK(text.find("essay     not met  blocking takes the sum of its downloads") != text.npos);
  CHECK(text.find("4 of 12 met, 0 inconclusive.") != text.npos);
}
