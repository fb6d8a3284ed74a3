#include "client/race/run/servers.hpp"

#include "client/race/plan/commands.hpp"

#include <fmt/format.h>
#include <fstream>

using namespace std::chrono_literals;

namespace poetry::race {

std::vector<served_poem> servers::start(
  const setting& setting, const group& group, const std::string& interface)
{
  std::vector<served_poem> served(group.poems.size());
  for (const auto& places : by_pace(group))
  {
    std::vector<std::string> files;
    for (const std::size_t i : places)
    {
      served[i].poem = scratch_.poem_for(group.poems[i]);
      files.push_back(served[i].poem.file.string());
    }
    const auto port_file = scratch_.new_path("ports");
    auto command = server_command(setting, group.poems[places[0]].pace, files, interface);
    command.insert(command.end(), {"--port-file", port_file.string()});

    const auto ports = await_ports(children_.emplace_back(command), port_file);
    if (ports.size() != places.size())
      throw std::runtime_error(
        fmt::format("slowpoetry serves {} poems on {} ports", places.size(), ports.size()));
    for (std::size_t i = 0; i < ports.size(); ++i)
      served[places[i]].server = ports[i];
  }
  return served;
}

std::string servers::complaint() const
{
  for (const child& server : children_)
  {
    if (auto complaint = server.complaint(); !complaint.empty())
      return complaint;
  }
  return "";
}

std::vector<std::string> servers::await_ports(child& server, const std::filesystem::path& port_file)
{
  const auto deadline = clock::now() + 30s;
  while (!std::filesystem::exists(port_file))
  {
    if (server.ends_by(clock::now() + 2ms, interruption_))
      throw std::runtime_error(fmt::format(
        "slowpoetry ended with {} before it served: {}", server.end().status, server.complaint()));
    if (clock::now() > deadline)
      throw std::runtime_error("slowpoetry does not listen after 30 s");
  }
  std::vector<std::string> lines;
  std::ifstream file(port_file);
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

} // namespace poetry::race
