#include "client/race/plan/commands.hpp"

#include <fmt/format.h>
#include <map>
#include <utility>

namespace poetry::race {
namespace {

constexpr auto a_day = "86400s";

} // namespace

std::vector<std::vector<std::size_t>> by_pace(const group& group)
{
  std::map<std::pair<std::uint64_t, duration>, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < group.poems.size(); ++i)
    places[{group.poems[i].pace.num_bytes, group.poems[i].pace.delay}].push_back(i);
  std::vector<std::vector<std::size_t>> result;
  result.reserve(places.size());
  for (const auto& [pace, of_pace] : places)
    result.push_back(of_pace);
  return result;
}

std::vector<std::string> server_command(const setting& setting, const pace& pace,
  const std::vector<std::string>& files, const std::string& interface)
{
  std::vector<std::string> command = {"slowpoetry", "--quiet", "--num-bytes",
    fmt::format("{}", pace.num_bytes), "--delay", poetry::to_text(pace.delay)};
  if (interface != "127.0.0.1")
    command.insert(command.end(), {"--iface", interface});
  if (setting.knobs.one_at_a_time)
    command.emplace_back("--one-at-a-time");
  // A reader that is not read from for long is part of the experiment. And a server that cannot
  // take all readers at once must say so.
  command.insert(command.end(), {"--write-timeout", a_day, "--max-clients", "1000000"});
  command.insert(command.end(), files.begin(), files.end());
  return command;
}

std::vector<std::string> client_command(const setting& setting, const group& group,
  const std::string& model, const std::vector<std::string>& servers)
{
  std::vector<std::string> command = {"get-poetry-" + model, "--json", "--quiet",
    "--connect-timeout", a_day, "--idle-timeout", a_day};
  const auto add = [&](const char* option, const std::string& value) {
    command.insert(command.end(), {option, value});
  };
  if (group.repeat > 1)
    add("--repeat", fmt::format("{}", group.repeat));
  if (setting.knobs.work > duration{})
    add("--work", poetry::to_text(setting.knobs.work));
  if (setting.knobs.tick > duration{})
    add("--tick", poetry::to_text(setting.knobs.tick));
  if (group.chained)
    command.emplace_back("--chain");
  command.insert(command.end(), servers.begin(), servers.end());
  return command;
}

} // namespace poetry::race
