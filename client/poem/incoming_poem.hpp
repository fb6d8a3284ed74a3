#pragma once

#include "client/run/download.hpp"
#include "common/duration.hpp"

#include <asio/ip/tcp.hpp>
#include <atomic>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>
#include <vector>

namespace poetry {

class run;
struct resolved_server;

/// How long a wait may last, and the descriptor that becomes readable when it is to end at once.
struct wait_bounds
{
  time_point deadline;
  int stop_descriptor;
};

/// A time in which a thread worked for a download: `bytes` had arrived at its start.
struct slice
{
  time_point start;
  duration length;
  pid_t thread; ///< its number in the system; of a process with one thread, the process's
  std::uint32_t bytes;
};

/// A poem that is being downloaded: everything about the download that is not waiting. It counts,
/// checks, limits, keeps and reports, and does no network I/O, so a model has only to wait:
///
///     error = poem.started();
///     connect to poem.endpoints()      -> error = poem.connected(socket)
///     read into a buffer, repeatedly   -> poem.received(buffer, bytes, error)
///     any error, end of file included  -> poem.finished(error)
class incoming_poem
{
public:
  incoming_poem(run& run, poetry::download& download) : run_(&run), download_(&download) {}

  /// The download begins. Returns an error when it cannot: the host's name did not resolve, its
  /// file cannot be opened, or the run must stop.
  std::error_code started() noexcept;
  /// The connection is established. Returns `asio::error::connection_refused` when the socket is
  /// its own peer: TCP's simultaneous open, where nobody listens and the system chose that port as
  /// the local one, which closing frees. -1 stands for a socket that bytes have come to already.
  std::error_code connected(int socket);
  /// Takes the first `bytes` bytes of `buffer`; sets `error` when the download must end: the poem
  /// is too long, differs from the one expected, or cannot be written, or the run must stop.
  void received(std::span<const char> buffer, std::size_t bytes, std::error_code& error) noexcept;
  /// The download has ended. End of file means success, here and nowhere else; every other error
  /// is a failure, reported as a timeout or an interruption if that was its cause.
  void finished(std::error_code error) noexcept;
  /// The download fails, unless it has ended, with the exception that is being handled.
  void abandon() noexcept;

  const std::vector<asio::ip::tcp::endpoint>& endpoints() const;
  /// How long a wait that begins now may last: until `deadline`, or until the run must stop.
  wait_bounds patience();
  /// When the present wait has lasted too long. May be called from any thread.
  time_point deadline() const;
  bool ended() const { return download_->ended(); }

  const poetry::download& record() const { return *download_; }
  /// Why the download failed or was cancelled, in words, with the option or the limit that explains
  /// it.
  std::string describe_error() const;
  /// Says on stdout how the download ended: `Task 1: got 3003 bytes of poetry from 127.0.0.1:10000
  /// in 10.101 s`, or `Task 2: failed after 0 bytes from 127.0.0.1:10001: Connection refused`. With
  /// `--json` stdout holds only the result: failures go to stderr, successes are left out.
  void announce() const;
  /// Whether more of a poem is kept than its record: its text, its slices.
  bool keeps() const;
  /// Takes over a download that a child process has ended: sets what it kept, and announces the
  /// end. A complete download fails when part of its text is missing, or with `error`.
  void take_over(std::string text, std::vector<slice> slices, std::error_code error);
  /// What has arrived, if the run keeps it.
  std::string_view text() const { return kept_ ? kept_->text : std::string_view(); }
  /// When a thread worked for each chunk, if the run is recorded for a trace.
  std::span<const slice> slices() const { return kept_ ? kept_->slices : std::span<const slice>(); }

private:
  /// What a poem leaves behind besides its record.
  struct copies
  {
    /// Its name ends in `.part` until the poem is whole; what was written stays.
    std::ofstream file;
    std::string text;
    std::vector<slice> slices;
  };

  /// Made by the first call: most runs need no copies, and a waiting download must stay small.
  copies& kept();
  std::error_code open_file();
  std::error_code close_file(bool whole);
  void end(std::error_code error) noexcept;
  void announce_unless_later() noexcept;
  void expect_by(time_point deadline)
  {
    std::atomic_ref(deadline_).store(deadline, std::memory_order_relaxed);
  }
  /// Burns CPU time for bytes that arrived; returns an error when the run must stop before the end.
  std::error_code work();
  /// Why a wait ended: an error of Asio's only says that it did.
  std::error_code cause_of(std::error_code error) const;
  std::error_code cannot_write(std::error_code error);

  run* run_;
  poetry::download* download_;
  /// Set by the thread that reads this poem, read by the one that sweeps over all of them.
  mutable time_point deadline_ = time_point::max();
  std::unique_ptr<copies> kept_;
};

} // namespace poetry
