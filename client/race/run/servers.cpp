#include "client/race/run/servers.hpp"

#include "client/race/plan/commands.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <sys/inotify.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// Becomes readable when something in a folder gets its final name.
class renames
{
public:
  explicit renames(const std::filesystem::path& folder) : descriptor_(::inotify_init1(IN_CLOEXEC))
  {
    if (descriptor_ < 0 || ::inotify_add_watch(descriptor_, folder.c_str(), IN_MOVED_TO) < 0)
      throw std::system_error(errno, std::generic_category(), "cannot watch " + folder.string());
  }
  ~renames() { ::close(descriptor_); }
  renames(const renames&) = delete;
  renames& operator=(const renames&) = delete;

  int descriptor() const { return descriptor_; }
  void forget()
  {
    std::array<char, 4096> events;
    (void)!::read(descriptor_, events.data(), events.size());
  }

private:
  int descriptor_;
};

std::vector<std::string> read_lines(const std::filesystem::path& path)
{
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

} // namespace

servers::~servers()
{
  for (child& server : children_)
    server.ask_to_end();
  // Those that do not within a second are killed.
  const auto deadline = clock::now() + 1s;
  for (child& server : children_)
  {
    const int descriptor = server.descriptor();
    try
    {
      if (wait_for_any({&descriptor, 1}, deadline, interruption_))
        server.end();
    }
    catch (const std::exception&)
    {
      break;
    }
  }
}

std::vector<stage> servers::start(
  const setting& setting, const group& group, const std::string& interface)
{
  std::vector<stage> stages(group.recitals.size());
  for (const recitation& recitation : recitations_of(group))
  {
    std::vector<std::string> files;
    for (const std::size_t i : recitation.recitals)
    {
      stages[i].poem = scratch_.poem_for(group.recitals[i]);
      files.push_back(stages[i].poem.file.string());
    }
    const auto port_file = scratch_.new_path("ports");
    auto command = server_command(setting, recitation, files, interface);
    command.insert(command.end(), {"--port-file", port_file.string()});

    const auto ports = await_ports(children_.emplace_back(command, 0), port_file);
    if (ports.size() != recitation.recitals.size())
      throw std::runtime_error(fmt::format(
        "slowpoetry serves {} poems on {} ports", recitation.recitals.size(), ports.size()));
    for (std::size_t i = 0; i < ports.size(); ++i)
      stages[recitation.recitals[i]].server = ports[i];
  }
  return stages;
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
  renames renames(scratch_.folder());
  const auto deadline = clock::now() + 30s;
  // The file may have come before the watch did.
  while (!std::filesystem::exists(port_file))
  {
    const std::array<int, 2> descriptors = {server.descriptor(), renames.descriptor()};
    const auto ready = wait_for_any(descriptors, deadline, interruption_);
    if (ready == 1)
      renames.forget();
    else if (ready == 0)
      throw std::runtime_error(fmt::format(
        "slowpoetry ended with {} before it served: {}", server.end().status, server.complaint()));
    else
      throw std::runtime_error("slowpoetry does not listen after 30 s");
  }
  return read_lines(port_file);
}

} // namespace poetry::race
