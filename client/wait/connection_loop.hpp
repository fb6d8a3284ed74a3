#pragma once

#include "client/wait/connection.hpp"
#include "client/wait/loop_downloads.hpp"

#include <asio/io_context.hpp>

namespace poetry {

/// The event loop of the lean connections: Asio runs the handlers, in one thread, and one epoll set
/// waits. It ends downloads that have waited too long.
class connection_loop : public loop_downloads<connection>
{
public:
  /// Throws `std::system_error` when the system has no descriptor left for it.
  connection_loop(poetry::run& run, std::span<incoming_poem> poems);

  connection_set& connections() { return connections_; }

  /// Runs handlers until all poems have ended.
  void run();

private:
  asio::io_context context_;
  connection_set connections_;
};

} // namespace poetry
