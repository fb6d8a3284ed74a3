#pragma once

#include <asio/compose.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <system_error>
#include <utility>
#include <vector>

namespace poetry {

/// Opens the socket and begins to connect it, without waiting: no error and
/// `asio::error::in_progress` both mean that `connect_result` is to be asked once it is writable.
std::error_code begin_connect(
  asio::ip::tcp::socket& socket, const asio::ip::tcp::endpoint& endpoint);

/// How an attempt to connect has ended. `asio::error::connection_reset` means that the connection
/// stood, and was reset before a byte came. One that was reset after its first bytes stands: they
/// are there to be read, and the error comes after them. (To ask for SO_ERROR, as Asio does, would
/// clear it, and the end of the bytes would look like the end of the poem.)
std::error_code connect_result(int descriptor);

/// Whether it makes sense to try another endpoint after this error.
inline bool is_refusal(std::error_code error)
{
  return error && error != asio::error::operation_aborted && error != asio::error::timed_out &&
         error != asio::error::bad_descriptor && error != asio::error::connection_reset;
}

/// Tries each endpoint in turn until one accepts; completes with the last one's error if none does,
/// and at once when the socket is closed. The endpoints must live until then.
/// Signature: void(std::error_code).
template <class Token>
auto async_connect_to_any(asio::ip::tcp::socket& socket,
  const std::vector<asio::ip::tcp::endpoint>& endpoints, Token&& token)
{
  const auto try_next = [&, tried = std::size_t{0}](
                          auto& self, std::error_code error = {}) mutable {
    const bool has_begun = tried > 0;
    if (!has_begun)
      error = asio::error::not_found;
    else if (!error)
      error = connect_result(socket.native_handle());
    while (is_refusal(error) && tried < endpoints.size())
    {
      error = begin_connect(socket, endpoints[tried++]);
      if (!error || error == asio::error::in_progress)
        return socket.async_wait(asio::ip::tcp::socket::wait_write, std::move(self));
    }
    if (has_begun)
      return self.complete(error);
    // No handler is called before its operation has been started.
    asio::post(
      socket.get_executor(), [self = std::move(self), error]() mutable { self.complete(error); });
  };
  return asio::async_compose<Token, void(std::error_code)>(try_next, token, socket);
}

} // namespace poetry
