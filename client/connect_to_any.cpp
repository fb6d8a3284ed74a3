#include "client/connect_to_any.hpp"

#include "common/last_error.hpp"

#include <cerrno>
#include <sys/socket.h>

using asio::ip::tcp;

namespace poetry {

std::error_code begin_connect(tcp::socket& socket, const tcp::endpoint& endpoint)
{
  std::error_code error;
  socket.close(error);
  socket.open(endpoint.protocol(), error);
  if (!error)
    socket.non_blocking(true, error);
  if (!error && ::connect(socket.native_handle(), endpoint.data(),
                  static_cast<socklen_t>(endpoint.size())) < 0)
    error = last_error();
  return error;
}

std::error_code connect_result(int descriptor)
{
  char first_byte = 0;
  if (::recv(descriptor, &first_byte, sizeof first_byte, MSG_PEEK | MSG_DONTWAIT) >= 0)
    return {};
  return errno == EAGAIN ? std::error_code() : last_error();
}

} // namespace poetry
