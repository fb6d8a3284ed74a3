#include "server/wire.hpp"

#include <cerrno>
#include <limits>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace poetry {

send_result send_now(int descriptor, std::string_view bytes, bool last)
{
  const auto sent = ::send(
    descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT | (last ? MSG_MORE : 0));
  if (sent >= 0)
    return {.bytes = static_cast<std::size_t>(sent)};
  if (errno == EAGAIN)
    return {};
  return {.error = std::error_code(errno, std::system_category())};
}

std::uint64_t unacknowledged_bytes(int descriptor)
{
  int bytes = 0;
  ::ioctl(descriptor, SIOCOUTQ, &bytes);
  return static_cast<std::uint64_t>(bytes);
}

bool discard_input(int descriptor)
{
  // With MSG_TRUNC Linux discards the bytes of a TCP stream, and needs no buffer.
  const auto bytes =
    ::recv(descriptor, nullptr, std::numeric_limits<int>::max(), MSG_TRUNC | MSG_DONTWAIT);
  return bytes == 0 || (bytes < 0 && errno != EAGAIN);
}

void stop_lingering(int descriptor)
{
  const ::linger off = {.l_onoff = 0, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &off, sizeof off);
}

void shut_down_sending(int descriptor)
{
  ::shutdown(descriptor, SHUT_WR);
}

} // namespace poetry
