#include "client/race/plan/commands.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

namespace poetry::race {
namespace {

constexpr auto a_day = "86400s";
constexpr auto blanks = " \t\n";

} // namespace

std::vector<std::span<slow_poem>> by_server(group& group)
{
  std::vector<std::span<slow_poem>> result;
  for (std::span<slow_poem> rest = group.poems; !rest.empty();
       rest = rest.subspan(result.back().size()))
  {
    const auto other = std::ranges::find_if(rest, [&](const slow_poem& poem) {
      return poem.pace != rest.front().pace || poem.fault != rest.front().fault;
    });
    result.push_back(rest.first(static_cast<std::size_t>(other - rest.begin())));
  }
  return result;
}

std::vector<std::string> server_command(const setting& setting, const group& group,
  std::span<const slow_poem> poems, server_log_level level)
{
  const slow_poem& poem = poems.front();
  std::vector<std::string> command = {"slowpoetry", "--num-bytes",
    fmt::format("{}", poem.pace.num_bytes), "--delay", poetry::to_text(poem.pace.delay)};
  if (level == server_log_level::nothing)
    command.emplace_back("--quiet");
  // The readers of a crowd are counted by the totals that servers print.
  if (level != server_log_level::nothing || setting.is_crowd())
    command.insert(command.end(), {"--log", "json"});
  if (level == server_log_level::chunks)
    command.emplace_back("--verbose");
  if (group.interface != "127.0.0.1")
    command.insert(command.end(), {"--iface", group.interface});
  if (!poem.fault.empty())
    command.insert(command.end(), {"--fault", poem.fault});
  if (setting.knobs.one_at_a_time)
    command.emplace_back("--one-at-a-time");
  // A reader that is not read from for long is part of the experiment. And a server that cannot
  // take all readers at once must say so.
  command.insert(command.end(), {"--write-timeout", a_day, "--max-clients", "1000000"});
  std::ranges::transform(poems, std::back_inserter(command), &slow_poem::file);
  return command;
}

std::vector<std::string> client_command(
  const setting& setting, const group& group, const contender& contender, const std::string& out)
{
  if (contender.is_own())
  {
    std::vector<std::string> servers;
    for (std::size_t task = 0; task < group.tasks(); ++task)
      servers.push_back(group.poem_of(task).server);
    return {"/bin/sh", "-c", expanded(contender.command, servers, out)};
  }
  std::vector<std::string> command = {"get-poetry-" + contender.name, "--json", "--quiet",
    "--connect-timeout", a_day, "--idle-timeout", setting.knobs.faults ? "1s" : a_day};
  const auto add = [&](const char* option, const std::string& value) {
    command.insert(command.end(), {option, value});
  };
  if (group.repeat > 1)
    add("--repeat", fmt::format("{}", group.repeat));
  if (setting.knobs.work > duration{})
    add("--work", poetry::to_text(setting.knobs.work));
  if (setting.knobs.tick > duration{})
    add("--tick", poetry::to_text(setting.knobs.tick));
  if (setting.knobs.faults)
    add("--verify", group.poems.front().file);
  if (group.chained)
    command.emplace_back("--chain");
  std::ranges::transform(group.poems, std::back_inserter(command), &slow_poem::server);
  return command;
}

std::string expanded(
  const std::string& command, const std::vector<std::string>& servers, const std::string& out)
{
  std::string result = command;
  auto at = result.find("{server}");
  if (at == result.npos)
    result += fmt::format(" {}", fmt::join(servers, " "));
  while (at != result.npos)
  {
    const auto begin = result.find_last_of(blanks, at) + 1;
    const auto end = std::min(result.find_first_of(blanks, at), result.size());
    std::string pieces;
    for (const std::string& server : servers)
      pieces += (pieces.empty() ? "" : " ") +
                replaced(result.substr(begin, end - begin), "{server}", server);
    result.replace(begin, end - begin, pieces);
    at = result.find("{server}", begin + pieces.size());
  }
  return replaced(result, "{out}", out);
}

} // namespace poetry::race
