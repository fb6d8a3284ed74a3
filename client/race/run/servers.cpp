#include "client/race/run/servers.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

std::vector<std::string> await_ports(child& server, const std::filesystem::path& port_file)
{
  const auto deadline = clock::now() + 30s;
  while (!std::filesystem::exists(port_file))
  {
    if (server.ends_by(clock::now() + 2ms))
      throw std::runtime_error(fmt::format(
        "slowpoetry ended with {} before it served: {}", server.end(), server.complaint()));
    if (clock::now() > deadline)
      throw std::runtime_error("slowpoetry does not listen after 30 s");
  }
  std::ifstream file(port_file);
  return {std::istream_iterator<std::string>(file), {}};
}

/// The readers in a server's answer to a question, counted from 1; nothing while there is none.
std::optional<std::uint64_t> answer_of(const child& server, std::uint64_t question)
{
  std::istringstream output(server.output());
  for (std::string line; question > 0 && std::getline(output, line);)
  {
    const auto totals = nlohmann::ordered_json::parse(line, nullptr, false);
    if (totals.is_object() && totals.value("event", "") == "totals" && --question == 0)
      return totals.at("still_connected").get<std::uint64_t>();
  }
  return std::nullopt;
}

} // namespace

std::vector<served_poem> start_servers(std::deque<child>& servers, const setting& setting,
  const group& group, const std::string& interface, server_log_level level, scratch& scratch)
{
  std::vector<served_poem> served;
  for (const auto& poems : by_server(group))
  {
    const std::size_t first = served.size();
    std::vector<std::string> files;
    for (const slow_poem& poem : poems)
    {
      served.push_back({.poem = scratch.poem_for(poem), .fault = poem.fault});
      files.push_back(served.back().poem.file.string());
    }
    const auto port_file = scratch.new_path("ports");
    auto command = server_command(setting, poems.front(), files, interface, level);
    command.insert(command.end(), {"--port-file", port_file.string()});

    const auto ports = await_ports(servers.emplace_back(command), port_file);
    for (std::size_t i = first; i < served.size(); ++i)
      served[i].server = ports.at(i - first);
  }
  return served;
}

void reader_count::ask()
{
  if (questions_ > 0)
  {
    std::uint64_t sum = 0;
    for (const child& server : servers_)
    {
      const auto answer = answer_of(server, questions_);
      if (!answer)
        return;
      sum += *answer;
    }
    last_ = sum;
    most_ = std::max(most_, sum);
  }
  for (const child& server : servers_)
    ::kill(server.id(), SIGUSR1);
  ++questions_;
}

} // namespace poetry::race
