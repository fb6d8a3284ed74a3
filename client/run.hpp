#pragma once

#include "client/download.hpp"
#include "client/interruption.hpp"
#include "client/options.hpp"
#include "client/server.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace poetry {

/// One run of a client: what was asked for, when it began, what ends it early, and the records of
/// its downloads. Everything that models, timeouts and reports have in common hangs on it.
class run
{
public:
  /// Resolves the servers and reads the files to compare with. Throws `std::system_error`, naming
  /// the file, when one cannot be read or the output folder cannot be written to.
  run(client_options options, interruption& interruption);

  /// The clock starts here.
  void begin();

  const client_options& options() const { return options_; }
  const std::vector<server>& servers() const { return servers_; }
  std::span<download> downloads() const { return {downloads_, count_}; }
  /// The server that a task downloads from; tasks count from 1.
  const server& server_of(std::uint32_t task) const
  {
    return servers_[(task - 1) % servers_.size()];
  }
  /// What that server's poem must be equal to, or null.
  const std::string* expected_of(std::uint32_t task) const;

  time_point began() const { return began_; }
  /// When the run must be over, `--max-time` after it began; the end of all time without it.
  time_point deadline() const { return deadline_; }
  /// `interrupted` or `out_of_time` once the run must stop, else no error.
  std::error_code stop_reason() const;
  /// Readable once a signal asks the run to stop.
  int stop_descriptor() const { return interruption_.descriptor(); }

  /// How many downloads have ended so far.
  std::size_t ended() const { return shared_->ended; }
  void count_ended() { ++shared_->ended; }
  /// How many threads (of this process and its children) have worked on downloads.
  unsigned threads() const { return shared_->threads; }
  /// Counts the calling thread, once however often it is called.
  void count_thread();

private:
  /// What the run's processes share; the records of the downloads follow it.
  struct shared
  {
    std::atomic<std::size_t> ended = 0;
    std::atomic<unsigned> threads = 0;
  };

  struct unmap
  {
    std::size_t bytes;
    void operator()(shared* memory) const;
  };

  client_options options_;
  interruption& interruption_;
  std::vector<server> servers_;
  std::vector<std::string> expected_;
  std::size_t count_ = 0;
  std::unique_ptr<shared, unmap> shared_;
  download* downloads_ = nullptr;
  time_point began_;
  time_point deadline_ = time_point::max();
};

} // namespace poetry
