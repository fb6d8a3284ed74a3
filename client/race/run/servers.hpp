#pragma once

#include "client/race/plan/setting.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/scratch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace poetry::race {

/// A server's address, such as `127.0.0.1:10000`, and the poem that it serves.
struct served_poem
{
  std::string server;
  poem_on_disk poem;
};

/// The servers of one run. They end with this object.
class servers
{
public:
  servers(race::scratch& scratch, const poetry::interruption& interruption)
    : scratch_(scratch), interruption_(interruption)
  {
  }

  /// Starts what a group's downloads need, on `interface`; returns an address for each of its poems
  /// once all servers listen. Throws `std::runtime_error` with the server's message when one fails.
  std::vector<served_poem> start(
    const setting& setting, const group& group, const std::string& interface);

  /// The first message of a server that could not do what it was told; empty when there is none.
  std::string complaint() const;

private:
  std::vector<std::string> await_ports(child& server, const std::filesystem::path& port_file);

  race::scratch& scratch_;
  const poetry::interruption& interruption_;
  std::deque<child> children_;
};

} // namespace poetry::race
