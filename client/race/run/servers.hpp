#pragma once

#include "client/race/plan/setting.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/scratch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace poetry::race {

/// A port, and the poem that is recited there.
struct stage
{
  /// `127.0.0.1:10000`
  std::string server;
  poem_on_disk poem;
};

/// The servers of one run. They have ended when this object has.
class servers
{
public:
  servers(race::scratch& scratch, const poetry::interruption& interruption)
    : scratch_(scratch), interruption_(interruption)
  {
  }
  ~servers();
  servers(const servers&) = delete;
  servers& operator=(const servers&) = delete;

  /// Starts what a group's downloads need, on `interface`; returns a stage for each recital once
  /// all of them listen. Throws `std::runtime_error` with the server's own words when one fails.
  std::vector<stage> start(
    const setting& setting, const group& group, const std::string& interface);

  /// What the first of them that was hindered says; empty when none was.
  std::string complaint() const;

private:
  std::vector<std::string> await_ports(child& server, const std::filesystem::path& port_file);

  race::scratch& scratch_;
  const poetry::interruption& interruption_;
  std::deque<child> children_;
};

} // namespace poetry::race
