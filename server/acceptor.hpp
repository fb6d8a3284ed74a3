#pragma once

#include "common/duration.hpp"
#include "common/epoll_set.hpp"
#include "server/options.hpp"

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace poetry {

/// `127.0.0.1:10000` or `[::1]:10000`.
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

/// Raises the limit on open files as far as this process may. Returns how many readers it allows,
/// at least one, besides what is open now and what the server needs for `listeners` ports.
std::uint64_t readers_within_descriptor_limit(std::uint64_t listeners);

/// The listening sockets and the limits on accepting: `--max-clients` readers in all, and with
/// `--one-at-a-time` one on each port. Connections beyond that wait in the kernel's backlog.
class acceptor
{
public:
  /// Called for each accepted connection, a non-blocking native descriptor that the callee owns
  /// from then on; `port` counts from zero in the order of opening.
  using arrival_function =
    std::function<void(std::size_t port, int descriptor, const asio::ip::tcp::endpoint& from)>;

  /// Counts readers, connections and pauses in `totals`.
  acceptor(epoll_set& descriptors, const server_options& options, server_log& log, totals& totals,
    arrival_function arrive);
  ~acceptor() { close(); }
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  /// Listens on one more port, or only binds it to refuse all connections, and returns its address.
  /// Throws `std::runtime_error`, naming the address, when that is impossible.
  asio::ip::tcp::endpoint open(const asio::ip::tcp::endpoint& where);
  /// A reader of the port has got its poem: with `one_at_a_time` the next may be accepted, although
  /// this one still counts as connected.
  void poem_ended(std::size_t port);
  /// A connection has been closed: there is room for another.
  void connection_closed();
  /// Stops listening; connections that wait in a backlog are reset.
  void close();

  /// Whether as many are connected as may be.
  bool is_full() const { return totals_.still_connected >= *options_.max_clients; }
  /// When `resume` is due: at once when connections may wait in a backlog and there is room for
  /// them, but not before the end of a pause.
  time_point resume_time() const;
  void resume();

private:
  struct listener
  {
    int descriptor; ///< or -1 once it is closed
    /// For a connection. Otherwise the port is to be tried again: it is in `backlogged_`, or, with
    /// `one_at_a_time`, will be when its reader has got its poem.
    bool waiting = true;
    std::uint32_t readers = 0;
  };

  void accept(std::size_t port);
  void leave_in_backlog(std::size_t port);
  void pause(int error);

  epoll_set& descriptors_;
  const server_options& options_;
  server_log& log_;
  totals& totals_;
  arrival_function arrive_;
  std::vector<listener> listeners_;
  std::deque<std::size_t> backlogged_; ///< ports, in the order in which they are to be tried again
  std::uint64_t readers_ = 0;          ///< connected, and their poems have not ended
  time_point paused_until_ = time_point::min();
};

} // namespace poetry
