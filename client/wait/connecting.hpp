#pragma once

#include "client/run/download.hpp"

#include <asio/error.hpp>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>

namespace poetry {

/// How an attempt to connect has ended, once its socket is writable.
/// `asio::error::connection_reset` means that the connection was established, and reset before a
/// byte came. If it was reset after its first bytes there is no error yet: they can be read, and
/// the error comes after them. (Reading SO_ERROR, as Asio does, would clear the error, and a poem
/// that was cut off would look whole.)
inline std::error_code connect_result(int descriptor)
{
  char first_byte = 0;
  const auto bytes = ::recv(descriptor, &first_byte, sizeof first_byte, MSG_PEEK | MSG_DONTWAIT);
  return bytes < 0 && errno != EAGAIN ? last_error() : std::error_code();
}

/// Whether it makes sense to try another endpoint after this error.
inline bool may_try_next_endpoint(std::error_code error)
{
  return error && error != asio::error::operation_aborted && error != asio::error::timed_out &&
         error != asio::error::bad_descriptor && error != asio::error::connection_reset;
}

} // namespace poetry
