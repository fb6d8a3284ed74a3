#pragma once

#include <asio/error.hpp>
#include <system_error>

namespace poetry {

/// How an attempt to connect has ended, once its socket is writable.
/// `asio::error::connection_reset` means that the connection stood, and was reset before a byte
/// came. One that was reset after its first bytes stands: they are there to be read, and the error
/// comes after them. (To ask for SO_ERROR, as Asio does, would clear it, and the end of the bytes
/// would look like the end of the poem.)
std::error_code connect_result(int descriptor);

/// `asio::error::connection_refused` when the connected socket is its own peer. That happens when
/// nobody listens on a port that the system has just chosen as the local one, and is TCP's
/// simultaneous open. Closing the socket then frees the port at once.
std::error_code refuse_itself(int descriptor);

/// Whether it makes sense to try another endpoint after this error.
inline bool may_try_next_endpoint(std::error_code error)
{
  return error && error != asio::error::operation_aborted && error != asio::error::timed_out &&
         error != asio::error::bad_descriptor && error != asio::error::connection_reset;
}

} // namespace poetry
