#pragma once

#include "client/race/plan/commands.hpp"
#include "client/race/run/child.hpp"
#include "client/race/run/scratch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace poetry::race {

/// A server's address, such as `127.0.0.1:10000`, the poem that it serves, and its fault.
struct served_poem
{
  std::string server;
  poem_on_disk poem;
  std::string fault = {};
};

/// Starts what a group's downloads need, on `interface`, and adds it to `servers`; returns an
/// address for each of the group's poems once all servers listen. Throws `std::runtime_error` with
/// the server's message when one fails, and `interrupted`.
std::vector<served_poem> start_servers(std::deque<child>& servers, const setting& setting,
  const group& group, const std::string& interface, server_log_level level, scratch& scratch);

/// Counts the readers of all servers together, by the servers' own account.
class reader_count
{
public:
  explicit reader_count(const std::deque<child>& servers) : servers_(servers) {}

  /// Asks all servers at the same moment how many readers they have; does nothing before all have
  /// answered the question before.
  void ask();
  /// What they answered last, and the most that they ever did.
  std::uint64_t last() const { return last_; }
  std::uint64_t most() const { return most_; }

private:
  const std::deque<child>& servers_;
  std::uint64_t questions_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t most_ = 0;
};

} // namespace poetry::race
