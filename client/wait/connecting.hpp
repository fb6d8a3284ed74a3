#pragma once

#include <asio/error.hpp>
#include <system_error>

namespace poetry {

/// How an attempt to connect has ended, once its socket is writable.
/// `asio::error::connection_reset` means that the connection was established, and reset before a
/// byte came. If it was reset after its first bytes there is no error yet: they can be read, and
/// the error comes after them. (Reading SO_ERROR, as Asio does, would clear the error, and a poem
/// that was cut off would look whole.)
std::error_code connect_result(int descriptor);

/// `asio::error::connection_refused` when the connected socket is its own peer: TCP's simultaneous
/// open, when nobody listens on the port and the system chose the same one as the local port.
/// Closing the socket then frees the port at once.
std::error_code refuse_itself(int descriptor);

/// Whether it makes sense to try another endpoint after this error.
inline bool may_try_next_endpoint(std::error_code error)
{
  return error && error != asio::error::operation_aborted && error != asio::error::timed_out &&
         error != asio::error::bad_descriptor && error != asio::error::connection_reset;
}

} // namespace poetry
