#include "client/figure/drawing/words.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace poetry::figure {

std::string share_text(double share)
{
  if (share <= 0 || share >= 1)
    return share > 0 ? "100 %" : "0 %";
  const int digits = share < 0.9995 ? 1 : share < 0.99995 ? 2 : 3;
  return fmt::format("{:.{}f} %", std::min(100 * share, 99.999), digits);
}

std::string summary_of(const recording& run)
{
  if (run.seen_by_servers)
    return fmt::format("{}, as the servers saw it: {}, wall {}", run.model,
      count_text(run.tasks.size(), "connection"), time_text(run.wall / 1e6));
  const bool processes = run.model == "processes";
  return fmt::format("{}: {}, {}, wall {}, CPU {}, waiting {}{}", run.model,
    count_text(run.tasks.size(), "task"),
    processes && run.threads != 1 ? fmt::format("{} processes", run.threads)
                                  : count_text(run.threads, "thread"),
    time_text(run.wall / 1e6), time_text(run.cpu / 1e6), share_text(share_of_waiting(run)),
    run.threads > 1 ? " of its threads' time" : "");
}

std::string next_label(const recording& run, std::map<std::string, int>& seen)
{
  const auto count = ++seen[run.model];
  return (count == 1 ? run.model : fmt::format("{} ({})", run.model, count)) +
         (run.seen_by_servers ? ", as the servers saw it" : "");
}

std::string origin_of(const recordings& runs)
{
  std::set<std::string> hosts, dates;
  for (const recording& run : runs)
    if (!run.date.empty())
    {
      hosts.insert(run.host);
      dates.insert(run.date);
    }
  if (dates.empty())
    return "";
  return fmt::format("Recorded on {}, {}{}", fmt::join(hosts, ", "), *dates.begin(),
    dates.size() > 1 ? " to " + *dates.rbegin() : "");
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width, std::size_t most)
{
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size() && lines.size() < most)
  {
    auto length = std::min(width, text.size() - at);
    if (at + length < text.size())
      if (const auto space = text.rfind(' ', at + length); space != text.npos && space > at)
        length = space - at;
    // Not inside a character.
    while (length > 1 && at + length < text.size() && (text[at + length] & 0xc0) == 0x80)
      --length;
    lines.push_back(text.substr(at, length));
    at += length;
    at += at < text.size() && text[at] == ' ';
  }
  if (at < text.size() && !lines.empty())
    lines.back() += " ...";
  return lines;
}

std::vector<double> round_values(double most)
{
  const double power = std::pow(10, std::floor(std::log10(most / 5)));
  const double rest = most / 5 / power;
  const double step = power * (rest < 2 ? 1 : rest < 5 ? 2 : 5);
  std::vector<double> values;
  for (int i = 0; i * step <= most * 1.0001; ++i)
    values.push_back(i * step);
  return values;
}

} // namespace poetry::figure
