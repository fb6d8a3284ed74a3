#pragma once

#include "common/address.hpp"
#include "common/duration.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poetry {

/// What a client was asked to do; the members' values are the options' defaults.
struct client_options
{
  std::string_view model; ///< its name
  std::vector<address> servers;
  std::uint64_t repeat = 1;
  duration connect_timeout = std::chrono::seconds(5);
  duration idle_timeout = std::chrono::seconds(30);
  std::optional<duration> max_time;
  std::uint64_t max_bytes = 64 << 20;
  /// The threads that run the loop of the mixed model.
  std::uint64_t threads = 1;
  /// CPU time to use for every 10 bytes received.
  duration work{};
  std::optional<duration> tick;
  bool chain = false;
  /// Where poems are written as they arrive; empty for nowhere.
  std::string output;
  bool print = false;
  /// The files poems are compared with: none, one for all servers, or one for each.
  std::vector<std::string> verify;
  bool json = false;
  /// Whether lanes are shown on stderr while the run goes on, and whether in ASCII.
  bool live = false;
  bool ascii = false;
  /// Where the run is recorded; empty for nowhere.
  std::string trace;
  bool quiet = false;
  bool verbose = false;
};

} // namespace poetry
