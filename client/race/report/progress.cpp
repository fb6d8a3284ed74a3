#include "client/race/report/report.hpp"

#include "common/output.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry::race {

void progress::show(
  const experiment& experiment, const contender& contender, std::optional<std::uint64_t> connected)
{
  const bool overwrites = is_terminal(STDERR_FILENO);
  if (!connected)
    began_ = clock::now();
  else if (!overwrites && clock::now() < told_ + 10s)
    return;
  told_ = clock::now();
  std::uint64_t runs = 0;
  std::uint64_t done = 0;
  double left = seconds(began_ - told_);
  for (const auto& one : all_)
  {
    for (const auto& other : one.contenders)
    {
      runs += one.scenario.runs;
      done += other.runs.size();
      left += other.time * static_cast<double>(one.scenario.runs - other.runs.size());
    }
  }
  auto line = fmt::format("Run {} of {}: {}, {}, ", done + 1, runs, experiment.scenario.name,
    experiment.label_of(contender));
  if (connected)
    line +=
      fmt::format("{} of {} connected, ", *connected, experiment.settings[contender.point].tasks());
  line += fmt::format("about {:.0f} s left", std::max(left, 0.0));
  if (!overwrites)
    return complain(line);
  // What the terminal is too narrow for is cut off: a second line would stay.
  write_all(STDERR_FILENO, fmt::format("\x1b[?7l\r{}\x1b[K\x1b[?7h", line));
  shown_ = true;
}

void progress::clear()
{
  if (shown_)
    write_all(STDERR_FILENO, "\r\x1b[K");
  shown_ = false;
}

} // namespace poetry::race
