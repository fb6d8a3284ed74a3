#pragma once

#include "client/connection.hpp"
#include "common/duration.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace poetry {

class run;
class incoming_poem;

/// The loop that the asynchronous models share: it waits for whatever happens next, and ends every
/// download that has waited too long. One sweep over the downloads does that, however many they
/// are: no timer for each, and no timeout in a model.
class event_loop
{
public:
  event_loop(poetry::run& run, std::span<incoming_poem> poems);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  asio::io_context& context() { return context_; }
  /// What `run` waits for: the `connection`s of the downloads.
  connection_set& connections();

  /// `socket` is closed when `poem`, one of the loop's, is overdue or the run must stop, unless the
  /// poem has ended by then.
  void watch(const incoming_poem& poem, connection& socket) { socket_of(poem) = &socket; }
  /// The same for a socket of Asio's, which is closed where its handlers run.
  void watch(const incoming_poem& poem, asio::ip::tcp::socket& socket)
  {
    socket_of(poem) = &socket;
  }

  /// Runs handlers until all the poems have ended, in one thread: Asio runs them, and nothing waits
  /// in it (see `descriptor_set`).
  void run();
  /// The same for sockets of Asio's own, which wait in its reactor. Several threads may run it at
  /// once; an exception that leaves it in one of them stops it in all.
  void run_in_asio();

private:
  /// Null until there is one.
  using any_socket = std::variant<connection*, asio::ip::tcp::socket*>;

  any_socket& socket_of(const incoming_poem& poem);
  void close_socket_of(const incoming_poem& poem);
  void begin_asio_waits();
  void await_stop();
  void await_sweep(time_point time);
  void await_tick();
  void stop();
  time_point sweep();

  poetry::run& run_;
  std::span<incoming_poem> poems_;
  std::vector<any_socket> sockets_; ///< of `poems_`, in their order
  std::size_t ended_when_done_;
  asio::io_context context_;
  std::optional<connection_set> connections_;
  time_point last_sweep_ = time_point::min();

  /// What the loop waits for in Asio, where it does.
  struct asio_waits
  {
    asio_waits(asio::io_context& context, int stop_descriptor);
    ~asio_waits();

    asio::posix::stream_descriptor stop;
    asio::steady_timer sweep;
    asio::steady_timer tick;
  };
  std::once_flag begun_;
  std::optional<asio_waits> waits_;
};

/// What becomes of an exception that a coroutine lets out: it leaves `event_loop::run`.
inline void rethrow(const std::exception_ptr& exception)
{
  if (exception)
    std::rethrow_exception(exception);
}

} // namespace poetry
