#include "client/wait/connecting.hpp"

#include "common/last_error.hpp"

#include <cerrno>
#include <sys/socket.h>

namespace poetry {

std::error_code connect_result(int descriptor)
{
  char first_byte = 0;
  if (::recv(descriptor, &first_byte, sizeof first_byte, MSG_PEEK | MSG_DONTWAIT) >= 0)
    return {};
  return errno == EAGAIN ? std::error_code() : last_error();
}

} // namespace poetry
