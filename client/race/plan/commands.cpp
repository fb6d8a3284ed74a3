#include "client/race/plan/commands.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace poetry::race {
namespace {

constexpr auto a_day = "86400s";

} // namespace

std::vector<recitation> recitations_of(const group& group)
{
  std::vector<recitation> result;
  for (std::size_t i = 0; i < group.recitals.size(); ++i)
  {
    const pace& pace = group.recitals[i].pace;
    const auto known = std::ranges::find_if(result, [&](const recitation& recitation) {
      return recitation.pace.num_bytes == pace.num_bytes && recitation.pace.delay == pace.delay;
    });
    if (known != result.end())
      known->recitals.push_back(i);
    else
      result.push_back({pace, {i}});
  }
  return result;
}

std::vector<std::string> server_command(const setting& setting, const recitation& recitation,
  const std::vector<std::string>& poems, const std::string& interface)
{
  std::vector<std::string> command = {"slowpoetry", "--quiet", "--num-bytes",
    fmt::format("{}", recitation.pace.num_bytes), "--delay",
    poetry::to_text(recitation.pace.delay)};
  if (interface != "127.0.0.1")
    command.insert(command.end(), {"--iface", interface});
  if (setting.knobs.one_at_a_time)
    command.emplace_back("--one-at-a-time");
  // A reader that is not read from is part of the experiment, not a fault to be mended; and a
  // server that cannot take all readers at once is to say so.
  command.insert(command.end(), {"--write-timeout", a_day, "--max-clients", "1000000"});
  command.insert(command.end(), poems.begin(), poems.end());
  return command;
}

std::vector<std::string> client_command(const setting& setting, const group& group,
  std::string_view model, const std::vector<std::string>& servers)
{
  std::vector<std::string> command = {fmt::format("get-poetry-{}", model), "--json", "--quiet",
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
