#pragma once

#include "client/wait/connection.hpp"
#include "client/wait/loop_downloads.hpp"

#include <asio/io_context.hpp>

namespace poetry {

/// The event loop of the lean connections: Asio runs the handlers, in one thread, and one epoll set
/// waits. It ends downloads that have waited too long.
class connection_loop
{
public:
  /// Throws `std::system_error` when the system has no descriptor left for it.
  connection_loop(poetry::run& run, std::span<incoming_poem> poems);

  connection_set& connections() { return connections_; }

  /// `socket` is closed when `poem` is overdue or the run must stop.
  void watch(const incoming_poem& poem, connection& socket) { downloads_.watch(poem, socket); }

  /// Runs handlers until all poems have ended.
  void run();

private:
  poetry::run& run_;
  loop_downloads<connection> downloads_;
  asio::io_context context_;
  connection_set connections_;
};

} // namespace poetry
