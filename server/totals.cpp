#include "server/totals.hpp"

#include "common/text.hpp"

#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

namespace poetry {
namespace {

constexpr std::array<std::string_view, 6> ending_names = {
  "whole", "left", "dropped", "stopped", "faulted", "refused"};

std::uint64_t still_connected(const totals& totals)
{
  return totals.readers -
         std::accumulate(totals.endings.begin(), totals.endings.end(), std::uint64_t(0));
}

} // namespace

std::string_view to_text(ending ending)
{
  return ending_names[static_cast<std::size_t>(ending)];
}

std::string to_text(const totals& totals)
{
  std::string result = fmt::format("Served {}:", count_text(totals.readers, "reader"));
  for (std::size_t i = 0; i < ending_names.size(); ++i)
  {
    if (i == 0 || totals.endings[i] != 0)
      fmt::format_to(std::back_inserter(result), " {} {},", totals.endings[i], ending_names[i]);
  }
  if (still_connected(totals) != 0)
    fmt::format_to(std::back_inserter(result), " {} still connected,", still_connected(totals));
  fmt::format_to(std::back_inserter(result),
    " {} in {}; lateness p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms",
    count_text(totals.bytes, "byte"), count_text(totals.chunks, "chunk"),
    seconds(totals.lateness.quantile(0.5)) * 1e3, seconds(totals.lateness.quantile(0.99)) * 1e3,
    seconds(totals.lateness.max()) * 1e3);
  if (totals.accepting_paused != 0)
    fmt::format_to(std::back_inserter(result), "; accepting paused {}",
      count_text(totals.accepting_paused, "time"));
  if (totals.log_lines_dropped != 0)
    fmt::format_to(std::back_inserter(result), "; {} of the log dropped",
      count_text(totals.log_lines_dropped, "line"));
  return result + ".";
}

std::string to_json(const totals& totals)
{
  nlohmann::ordered_json json = {{"time", to_text(std::chrono::system_clock::now())},
    {"at_s", seconds(clock::now().time_since_epoch())}, {"event", "totals"},
    {"readers", totals.readers}};
  for (std::size_t i = 0; i < ending_names.size(); ++i)
    json[std::string(ending_names[i])] = totals.endings[i];
  json["still_connected"] = still_connected(totals);
  json["bytes"] = totals.bytes;
  json["chunks"] = totals.chunks;
  json["accepting_paused"] = totals.accepting_paused;
  json["log_lines_dropped"] = totals.log_lines_dropped;
  json["lateness"] = {{"count", totals.lateness.count()},
    {"p50_s", seconds(totals.lateness.quantile(0.5))},
    {"p99_s", seconds(totals.lateness.quantile(0.99))}, {"max_s", seconds(totals.lateness.max())}};
  return json.dump();
}

} // namespace poetry
