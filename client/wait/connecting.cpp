#include "client/wait/connecting.hpp"

#include "client/run/download.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace poetry {

std::error_code connect_result(int descriptor)
{
  char first_byte = 0;
  if (::recv(descriptor, &first_byte, sizeof first_byte, MSG_PEEK | MSG_DONTWAIT) < 0 &&
      errno != EAGAIN)
    return last_error();
  return refuse_itself(descriptor);
}

std::error_code refuse_itself(int descriptor)
{
  sockaddr_storage local = {};
  sockaddr_storage peer = {};
  socklen_t local_size = sizeof local;
  socklen_t peer_size = sizeof peer;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &local_size) < 0 ||
      ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size) < 0 ||
      local_size != peer_size || std::memcmp(&local, &peer, local_size) != 0)
    return {};
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return asio::error::connection_refused;
}

} // namespace poetry
