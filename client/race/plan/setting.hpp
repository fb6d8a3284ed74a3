#pragma once

#include "common/pace.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poetry {
enum class overlap;
}

namespace poetry::race {

/// The parameters of a scenario: how many tasks, how large, how slow, and what else the clients
/// are asked to do.
struct knobs
{
  std::uint64_t tasks = 3;
  std::uint64_t bytes = 600;
  std::uint64_t num_bytes = 10;
  duration delay = std::chrono::milliseconds(100);
  /// CPU work for each 10 bytes received.
  duration work{};
  /// This many of the tasks form a chain, in which each needs the one before.
  std::uint64_t chain = 1;
  /// The server of the first task pauses this many times as long as the others.
  std::uint64_t slower = 1;
  /// How many cores a client may use; 0: all there are.
  std::uint64_t cores = 0;
  /// The period of the client's timer; 0: none.
  duration tick{};
  /// All tasks go to one server, which serves one reader at a time.
  bool one_at_a_time = false;
  /// The poems are the three of the essay, whatever `tasks`, `bytes` and `num_bytes` say.
  bool essay = false;
  /// Six servers, four of which misbehave, each in its way.
  bool faults = false;
  /// The user asserts something that only the servers can tell.
  bool asks_servers = false;
};

/// Sets the knob of that name from text such as `8`, `64k`, `20ms` or (for cores) `all`. Throws
/// `usage_error` when the text is no value for it or out of range, or there is no such knob.
void set_knob(knobs& knobs, std::string_view name, std::string_view text);

/// A poem, how slowly its server sends it, and where.
struct slow_poem
{
  /// Its file: a name only, until the poem is to be served.
  std::string file;
  std::uint64_t bytes = 0;
  poetry::pace pace;
  /// How its server misbehaves, such as `reset`; empty: not at all.
  std::string fault = {};
  /// Its server's address, such as `127.0.0.1:10000`, once it has one.
  std::string server = {};
  /// What a correct download shows, once it is to be served.
  std::uint32_t crc32 = 0;
  /// False of a poem that comes with the programs.
  bool is_generated = true;
};

/// The downloads of one client process.
struct group
{
  /// Each is served on a port of its own.
  std::vector<slow_poem> poems;
  /// Each poem is downloaded this many times, all at once.
  std::uint64_t repeat = 1;
  bool chained = false;
  /// Loopback addresses are many: with one for each group, ports never run out.
  std::string interface = "127.0.0.1";

  std::uint64_t tasks() const { return poems.size() * repeat; }
  /// How many tasks have a server that is well.
  std::uint64_t good_tasks() const;
  /// Task i downloads the i-th poem, starting again after the last.
  const slow_poem& poem_of(std::size_t task) const { return poems[task % poems.size()]; }
};

/// From so many connections on, the time that it takes to make them is predicted, too.
constexpr std::uint64_t least_crowd = 10'000;

/// One point of a scenario: everything that a run needs to know, except which program runs.
struct setting
{
  /// The value of the swept knob at this point; empty where nothing is swept.
  std::string label;
  race::knobs knobs;
  /// Usually one. There are several when some tasks are chained and some are not, or when there
  /// are more tasks than one process may hold.
  std::vector<group> groups;

  /// How many seconds it takes to make all connections, which counts where there are many: measured
  /// before anything else, and zero until then.
  double connecting = 0;

  std::uint64_t tasks() const;
  bool is_crowd() const { return tasks() >= least_crowd; }
  std::uint64_t chunks() const;
  std::uint64_t bytes() const;
};

/// With more tasks than this, tasks share servers.
constexpr std::uint64_t most_servers = 100;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// What the machine may hold.
struct machine_limits
{
  /// Connections to one address and port: with more, the search for free ports becomes slow.
  std::uint64_t readers_per_port = 7000;
  /// Connections of one process, server or client.
  std::uint64_t readers_per_process = 900;
  /// Bytes of memory that are available.
  std::uint64_t memory = unlimited;
  /// Open files: of the race itself, and those that the system has left.
  std::uint64_t own_files = unlimited;
  std::uint64_t files = unlimited;
  std::uint64_t processes = unlimited;
};

/// Lays out the tasks: up to a hundred have a server each, more of them share ports, and more than
/// a process may hold are split over several.
setting make_setting(const knobs& knobs, std::string label, const machine_limits& limits);

/// What a setting takes of the machine, such as `about 10.5 GB of memory, 2000000 open files and
/// 153 processes`. A connection takes 5 KB of the kernel's memory at each end, as measured on Linux
/// 6.18, and some 500 bytes of the server, the client and its result.
std::string demand_text(const setting& setting);

/// Throws `usage_error` when a setting takes more than the machine has: what it lacks, what would
/// raise the limit, and how many tasks fit.
void check_capacity(const setting& setting, const machine_limits& limits);

/// The client processes of one run. A client that takes one task after another anyway runs chained
/// and other tasks as a single chain.
std::vector<group> groups_for(const setting& setting, std::optional<overlap> overlap);

} // namespace poetry::race
