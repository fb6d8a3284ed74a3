#pragma once

#include "client/run/download.hpp"
#include "client/run/options.hpp"
#include "client/run/process_cost.hpp"
#include "client/run/resolved_server.hpp"
#include "common/duration.hpp"
#include "common/interruption.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace poetry {

/// One run of a client: its options, when it began, what ends it early, and the records of its
/// downloads. Models, timeouts and reports share it.
class run
{
public:
  /// Resolves the servers and reads the files to compare with. Throws `std::system_error`, naming
  /// the file, when one cannot be read or the output folder cannot be written to.
  run(client_options options, interruption& interruption);

  /// The clock starts here; the calling thread is the one whose ticks are counted.
  void begin();
  /// The run is over: counts the ticks that are overdue, and measures the run's cost.
  void end();
  /// What the run has cost, live view excluded; to be called after `end`.
  const process_cost& cost() const { return cost_; }

  const client_options& options() const { return options_; }
  const std::vector<resolved_server>& servers() const { return servers_; }
  std::span<download> downloads() const { return {downloads_, count_}; }
  /// The server that a task downloads from; tasks count from 1.
  const resolved_server& server_of(std::uint32_t task) const
  {
    return servers_[(task - 1) % servers_.size()];
  }
  /// What a task connects to: the first of these that takes the connection.
  const std::vector<asio::ip::tcp::endpoint>& endpoints_of(std::uint32_t task) const
  {
    const auto& endpoints = server_of(task).endpoints;
    return endpoints[(task - 1) / servers_.size() % endpoints.size()];
  }
  /// What that server's poem must be equal to, or null.
  const std::string* expected_of(std::uint32_t task) const;

  /// Whether downloads are announced later: when all have ended, because the live view fills the
  /// terminal, or, in a child process, by the parent.
  bool announces_later() const { return announces_later_; }
  void announce_later() { announces_later_ = true; }

  time_point began() const { return began_; }
  /// When the run must be over: `--max-time` after it began, `time_point::max()` without it.
  time_point deadline() const { return deadline_; }
  /// `interrupted` or `out_of_time` once the run must stop, else no error.
  std::error_code stop_reason() const;
  /// Readable once a signal asks the run to stop.
  int stop_descriptor() const { return interruption_.descriptor(); }

  /// Waits in the main thread: calls `wait_until` with the time of the next tick until it returns
  /// true, and runs the ticks that fall due.
  void wait(const std::function<bool(time_point until)>& wait_until);
  /// Runs the ticks that are due; called between two waits of a model in the main thread.
  void give_control_back();
  /// From now on an event loop, or another process, runs the ticks: `give_control_back` does not.
  void run_ticks_elsewhere() { ticking_thread_ = {}; }
  /// When the next tick is due: a whole number of intervals after the run began;
  /// `time_point::max()` without `--tick`.
  time_point next_tick() const;
  /// Runs every tick that is due by `now`.
  void run_ticks(time_point now);
  /// The lateness of each tick so far, in the order they were due: of every tick that fell due,
  /// even if it ran much later. It measures how responsive a model leaves its thread.
  const std::vector<duration>& tick_lateness() const { return tick_lateness_; }

  /// What the run's processes count together.
  struct shared_counts
  {
    std::atomic<std::size_t> ended = 0;          ///< downloads
    std::atomic<unsigned> threads = 0;           ///< that have worked on downloads
    std::atomic<std::uint64_t> child_memory = 0; ///< of ended children, measured at their ends
    std::atomic<duration::rep> ticks = 0;
    std::atomic<duration> last_lateness = duration{}; ///< of a tick
    std::atomic<duration> worst_lateness = duration{};
  };
  static_assert(std::atomic<duration>::is_always_lock_free, "locks do not reach other processes");
  shared_counts& counts() const { return *counts_; }
  /// Counts the calling thread; further calls change nothing.
  void count_thread();

private:
  client_options options_;
  interruption& interruption_;
  std::vector<resolved_server> servers_;
  std::vector<std::string> expected_;
  std::size_t count_ = 0;
  bool announces_later_ = false;
  std::shared_ptr<shared_counts> counts_; ///< in memory that child processes share
  download* downloads_ = nullptr;         ///< behind them
  time_point began_;
  time_point deadline_ = time_point::max();
  std::vector<duration> tick_lateness_;
  process_cost cost_;
  std::thread::id ticking_thread_; ///< in which `give_control_back` runs the ticks
};

} // namespace poetry
