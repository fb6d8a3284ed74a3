#pragma once

#include <asio/compose.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <system_error>
#include <utility>
#include <vector>

namespace poetry {

/// `asio::async_connect`, except that it says why a socket cannot be opened, where Asio's says that
/// the operation was aborted: tries each endpoint in turn until one accepts, completes with the
/// last one's error if none does, and at once when the socket is closed. There must be an endpoint,
/// and they must all live until then. Signature: void(std::error_code).
template <class Token>
auto connect_to_any(asio::ip::tcp::socket& socket,
  const std::vector<asio::ip::tcp::endpoint>& endpoints, Token&& token)
{
  return asio::async_compose<Token, void(std::error_code)>(
    [&, tried = std::size_t{0}](
      auto& self, std::error_code error = asio::error::not_found) mutable {
      if (!error || error == asio::error::operation_aborted || tried == endpoints.size())
        return self.complete(error);
      socket.close(error);
      socket.async_connect(endpoints[tried++], std::move(self));
    },
    token, socket);
}

} // namespace poetry
