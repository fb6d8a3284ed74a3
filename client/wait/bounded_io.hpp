#pragma once

#include "client/poem/incoming_poem.hpp"

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <system_error>
#include <vector>

namespace poetry {

/// `asio::connect` with a bound: tries each endpoint in turn and blocks until one accepts, all have
/// failed (`error` is the last one's), the deadline passes (`timed_out`), or the stop descriptor
/// becomes readable (`operation_aborted`).
void connect(asio::ip::tcp::socket& socket, const std::vector<asio::ip::tcp::endpoint>& endpoints,
  const wait_bounds& bounds, std::error_code& error);

/// `socket.read_some`, bounded in the same way, of a socket that `connect` above has connected.
std::size_t read_some(asio::ip::tcp::socket& socket, asio::mutable_buffer buffer,
  const wait_bounds& bounds, std::error_code& error);

} // namespace poetry
