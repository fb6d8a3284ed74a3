#pragma once

#include "common/duration.hpp"
#include "common/epoll_set.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace poetry {

/// `127.0.0.1:10000` or `[::1]:10000`.
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

/// How many connections may be open at once.
struct accept_limits
{
  std::uint64_t max_clients = 0;
  bool one_at_a_time = false;
};

/// The listening sockets and the limits on accepting: at most so many readers in all, and one at a
/// time on each port if asked. Connections beyond that wait in the kernel's backlog.
class acceptor
{
public:
  /// Called for each accepted connection, a non-blocking native descriptor that the callee owns
  /// from then on; `port` counts from zero in the order of opening.
  using arrival_function =
    std::function<void(std::size_t port, int descriptor, const asio::ip::tcp::endpoint& from)>;

  /// Called with a warning for whoever runs the server.
  using warning_function = std::function<void(const std::string& text)>;

  acceptor(asio::io_context& context, epoll_set& descriptors, accept_limits limits,
    arrival_function arrive, warning_function warn);
  ~acceptor() { close(); }
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  /// Listens on one more port and returns its address. With `refuse` the port is bound, but not
  /// listened on. Throws `std::runtime_error`, naming the address, when that is impossible.
  asio::ip::tcp::endpoint open(const asio::ip::tcp::endpoint& where, bool refuse);
  /// A reader of the port has got its poem: with `one_at_a_time` the next may be accepted, although
  /// this one still counts as connected.
  void poem_ended(std::size_t port);
  /// A connection has been closed.
  void connection_closed();
  /// Stops listening; connections that wait in a backlog are reset.
  void close();

  /// Whether as many are connected as may be.
  bool is_full() const { return connected_ >= limits_.max_clients; }
  /// When `resume` is due, while accepting is paused; otherwise `time_point::max()`.
  time_point resume_time() const { return resume_time_; }
  void resume();
  /// How often accepting was paused for want of descriptors or memory.
  std::uint64_t pauses() const { return pauses_; }

private:
  enum class listener_state
  {
    waiting,    ///< for a connection
    backlogged, ///< connections wait in the backlog: the limit is reached
    busy,       ///< with one_at_a_time: until its reader has got its poem
    closed
  };
  struct listener
  {
    int descriptor;
    std::uint64_t key = 0; ///< under which the descriptor is watched
    listener_state state = listener_state::waiting;
    std::uint32_t readers = 0;
  };

  void readable(std::size_t port);
  void wait(std::size_t port);
  void accept(std::size_t port);
  void leave_in_backlog(std::size_t port);
  void pause(std::size_t port, int error);
  void accept_backlogged();

  asio::io_context& context_;
  epoll_set& descriptors_;
  accept_limits limits_;
  arrival_function arrive_;
  warning_function warn_;
  std::vector<listener> listeners_;
  std::deque<std::size_t> backlogged_; ///< ports, in the order in which they are to be tried again
  std::uint64_t connected_ = 0;
  std::uint64_t pauses_ = 0;
  bool turn_posted_ = false;
  time_point resume_time_ = time_point::max();
};

} // namespace poetry
