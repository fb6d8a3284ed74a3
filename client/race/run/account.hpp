#pragma once

#include "client/race/run/client_process.hpp"
#include "client/race/run/servers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

struct contender;

/// A connection as its server saw it.
struct connection
{
  /// Bytes that were sent at a time.
  struct part
  {
    time_point at;
    std::uint64_t bytes;
  };

  std::string server;
  std::uint64_t reader = 0;
  time_point accepted;
  /// When the server sent FIN or RST, or saw that the reader had left.
  time_point ended = time_point::max();
  std::uint64_t bytes = 0;
  /// In the server's words, such as `whole`, `left` or `faulted`.
  std::string ending = {};
  /// Only of a server that logs every chunk.
  std::vector<part> parts = {};
};

/// What servers tell of their readers, the only thing to know about a client that tells nothing.
struct account
{
  std::vector<connection> connections;
  /// What else the servers wrote, such as warnings.
  std::string complaints;

  /// Adds what one server wrote: lines of its log in JSON, or whatever it complained of.
  void read(std::string_view log);
  /// The greatest number of connections at a time.
  double most_at_once() const;
  /// How many of `poems` were taken whole, each at most `repeat` times.
  double whole(const std::vector<served_poem>& poems, std::uint64_t repeat) const;
};

/// Records a client's run from the account, in the format of the clients' own traces, marked as
/// seen by the servers: a task for each connection. Throws `std::system_error` when the file cannot
/// be written.
void write_trace(const std::filesystem::path& file, const account& account,
  const std::vector<served_poem>& poems, const contender& contender, const client_end& end);

} // namespace poetry::race
