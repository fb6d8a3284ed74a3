#pragma once

#include "common/epoll_set.hpp"
#include "server/acceptor.hpp"
#include "server/due_queue.hpp"
#include "server/recital.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace poetry {

enum class reader_state : std::uint8_t
{
  absent,
  reciting,   ///< between two chunks
  blocked,    ///< the socket buffer was full at the last try
  stalled,    ///< by a fault: nothing more will be sent
  half_closed ///< everything is sent: to be closed once the reader has seen the end
};

/// Everything that is kept for a reader, except its place in the schedule.
struct reader
{
  /// When it was accepted; from its poem's end on, how long that took.
  duration time;
  poetry::recital recital;
  std::uint32_t number = 0;
  std::uint32_t worst_lateness_us = 0;
  std::uint16_t port = 0;
  reader_state state = reader_state::absent;
  bool watched : 1 = false; ///< for input and for its end
  bool input_ended : 1 = false;
};
static_assert(sizeof(reader) <= 24, "a reader costs memory even while it waits");

/// What is served on a port.
struct served_port
{
  poetry::script script;
  std::string address;
  std::uint32_t readers = 0;
};

/// Serves poems to any number of readers at once, in one thread. A reader is a flat record and a
/// native descriptor; it has no object, no timer and no buffer of its own.
class server
{
public:
  /// Both must outlive the server.
  server(const server_options& options, server_log& log);

  /// Listens on one more port, for readers of `script`, whose text must outlive the server; returns
  /// its address as text. Throws `std::runtime_error`, naming the address, when that is impossible.
  std::string listen(const asio::ip::tcp::endpoint& where, const script& script);
  /// What the server waits with; other descriptors may be watched with it, too.
  epoll_set& descriptors() { return descriptors_; }

  /// Accepts and serves readers; after a `stop`, returns when the last one has left.
  void run();
  /// Stops accepting; after `--grace` every reader whose poem is not whole is reset.
  void stop();

  /// Those of the readers that are connected included.
  totals totals_so_far() const;

private:
  void accepted(std::size_t port, int descriptor, const asio::ip::tcp::endpoint& from);
  void due(int descriptor, time_point due, time_point now);
  void ready(int descriptor, std::uint32_t events);
  void recite(int descriptor, time_point due, time_point now);
  void wait_writable(int descriptor, bool took_something, time_point now);
  bool watch(int descriptor, std::uint32_t events);
  void half_close(int descriptor);
  void close_reader(int descriptor, ending ending);
  void reset_readers();

  reader& reader_at(int descriptor) { return readers_[static_cast<std::size_t>(descriptor)]; }
  const script& script_of(const reader& reader) const { return ports_[reader.port].script; }
  bool is_stopping() const { return grace_ends_ != time_point::max(); }
  /// Whether a poem's end is FIN, and not a fault.
  bool ends_in_fin() const;

  const server_options& options_;
  server_log& log_;
  totals totals_;
  epoll_set descriptors_;
  acceptor acceptor_;
  /// One schedule for all readers: a timer for each would take thirty times the memory, and often a
  /// system call to set it.
  due_queue schedule_;
  std::vector<served_port> ports_;
  std::vector<reader> readers_; ///< by descriptor
  /// For each reader that was ever blocked, and is watched for writing since, the bytes that its
  /// system had not acknowledged when its write timeout began.
  std::unordered_map<int, int> unacknowledged_;
  /// When a stop resets the readers that are left; `max()` until there is one.
  time_point grace_ends_ = time_point::max();
};

} // namespace poetry
