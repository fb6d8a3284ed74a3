#pragma once

#include "client/wait/loop_downloads.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <exception>

namespace poetry {

/// The event loop of the models on Asio's own sockets: an `io_context`, and what ends downloads
/// that have waited too long.
class asio_loop : public loop_downloads<asio::ip::tcp::socket>
{
public:
  /// Throws `std::system_error` when the system has no descriptor left for it.
  asio_loop(poetry::run& run, std::span<incoming_poem> poems);
  ~asio_loop();

  asio::io_context& context() { return context_; }

  /// Runs handlers until all poems have ended. Several threads may run it at once; an exception in
  /// one of them stops it in all.
  void run();

private:
  /// Does what is due from `time` on.
  void await(time_point time);
  void end_wait(const incoming_poem& poem, asio::ip::tcp::socket& socket) override;

  asio::io_context context_;
  asio::posix::stream_descriptor stop_;
  asio::steady_timer timer_;
};

/// For `co_spawn`: an exception that leaves a coroutine leaves `asio_loop::run`.
inline void rethrow(const std::exception_ptr& exception)
{
  if (exception)
    std::rethrow_exception(exception);
}

} // namespace poetry
