#pragma once

#include "common/epoll_set.hpp"
#include "server/acceptor.hpp"
#include "server/due_queue.hpp"
#include "server/fault.hpp"
#include "server/journal.hpp"
#include "server/recital.hpp"
#include "server/totals.hpp"

#include <asio/io_context.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace poetry {

/// How a server treats its readers.
struct server_settings
{
  bool one_at_a_time = false;
  std::uint64_t max_clients = 1000;
  duration write_timeout = std::chrono::seconds(30);
  poetry::fault::kind fault = poetry::fault::kind::none;
};

enum class reader_state : std::uint8_t
{
  absent,
  reciting,   ///< between two chunks, or blocked
  stalled,    ///< will never be sent anything again
  half_closed ///< everything is sent: to be closed when the reader has seen the end
};

/// All that is kept for a reader, beside its place in the schedule.
struct reader
{
  time_point accepted;
  poetry::recital recital;
  std::uint32_t number = 0;
  std::uint32_t worst_lateness_us = 0;
  std::uint16_t port = 0;
  reader_state state = reader_state::absent;
  bool watched : 1 = false;             ///< for what it sends, and for its end
  bool blocked : 1 = false;             ///< the socket buffer was full at the last try
  bool watched_for_writing : 1 = false; ///< since it was blocked for the first time
  bool input_ended : 1 = false;
};
static_assert(sizeof(reader) <= 24, "a reader costs memory even while it waits");

/// What is recited on a port.
struct served_port
{
  poetry::script script;
  std::string address;
  std::uint32_t readers = 0;
};

/// Recites poems to any number of readers at once, in one thread. A reader is a flat record and a
/// native descriptor; it has no object, no timer and no buffer of its own.
class server
{
public:
  server(const server_settings& settings, journal journal);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Listens on one more port, for readers of `script`, whose text must outlive the server; returns
  /// its address. Throws `std::runtime_error`, naming the address, when that is impossible.
  asio::ip::tcp::endpoint listen(const asio::ip::tcp::endpoint& where, const script& script);
  /// Calls `then` whenever there is something to be read from `descriptor`, while the server runs.
  void watch(int descriptor, std::function<void()> then)
  {
    descriptors_.watch(descriptor, std::move(then));
  }

  /// Lets readers in and recites to them; returns when the last one has gone after a `stop`.
  void run();
  /// Lets nobody in any more; after `grace` every reader whose poem is not whole is reset.
  void stop(duration grace);

  totals totals_so_far() const;

private:
  void act_on_due();
  void arrived(std::size_t port, int descriptor, const asio::ip::tcp::endpoint& from);
  void due(int descriptor, time_point due, time_point now);
  void ready(int descriptor, std::uint32_t events);
  void note_lateness(reader& reader, duration late);
  void recite(int descriptor, time_point due, time_point now);
  void wait_writable(int descriptor, bool took_something, time_point now);
  void come_to_the_end(int descriptor);
  bool watch(int descriptor, std::uint32_t events);
  void half_close(int descriptor);
  void half_close_is_over(int descriptor, time_point now);
  void leave(int descriptor, ending ending);
  void reset_readers();

  reader& reader_at(int descriptor) { return readers_[static_cast<std::size_t>(descriptor)]; }
  const script& script_of(const reader& reader) const { return ports_[reader.port].script; }
  /// What the reader's system has acknowledged.
  std::uint64_t taken_bytes(int descriptor) const;
  /// False when the connection is to break off instead.
  bool ends_in_fin() const;

  server_settings settings_;
  journal journal_;
  asio::io_context context_;
  epoll_set descriptors_;
  acceptor acceptor_;
  /// The one schedule of all readers: a timer for each of them would cost thirty times the memory,
  /// and a call into the kernel whenever one of them is set.
  due_queue schedule_;
  std::vector<served_port> ports_;
  std::vector<reader> readers_; ///< by descriptor
  /// For each reader that was blocked, the bytes it had taken when its write timeout began.
  std::unordered_map<int, std::uint64_t> blocked_;
  std::uint64_t present_ = 0;
  totals totals_;
  bool stopping_ = false;
  time_point grace_ends_ = time_point::max(); ///< with readers who are still here after a stop
};

} // namespace poetry
