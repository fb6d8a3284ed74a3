#include "client/wait/bounded_io.hpp"

#include "client/run/download.hpp"
#include "client/wait/connecting.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

using asio::ip::tcp;

namespace poetry {
namespace {

/// Opens the socket and begins to connect it, without waiting.
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

/// Blocks until the socket is ready for `events`; any other end of the wait is an error.
std::error_code wait(tcp::socket& socket, short events, const wait_bounds& bounds)
{
  // A wait that begins after its deadline fails, even if the socket is ready.
  if (bounds.deadline <= clock::now())
    return asio::error::timed_out;
  std::array<pollfd, 2> descriptors = {{
    {.fd = socket.native_handle(), .events = events, .revents = 0},
    {.fd = bounds.stop_descriptor, .events = POLLIN, .revents = 0},
  }};
  for (;;)
  {
    const timespec timeout = to_timespec(std::max(bounds.deadline - clock::now(), duration{}));
    const int ready = ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
    if (ready > 0)
      return descriptors[1].revents == 0 ? std::error_code()
                                         : make_error_code(asio::error::operation_aborted);
    if (ready < 0 && errno != EINTR)
      return last_error();
    if (ready == 0)
      return asio::error::timed_out;
  }
}

} // namespace

void connect(tcp::socket& socket, const std::vector<tcp::endpoint>& endpoints,
  const wait_bounds& bounds, std::error_code& error)
{
  error = asio::error::not_found;
  for (auto endpoint = endpoints.begin();
       may_try_next_endpoint(error) && endpoint != endpoints.end(); ++endpoint)
  {
    error = error_of([&] { return begin_connect(socket, *endpoint); }); // a socket needs memory
    if (error == asio::error::in_progress)
      error = wait(socket, POLLOUT, bounds);
    if (!error)
      error = connect_result(socket.native_handle());
  }
}

std::size_t read_some(tcp::socket& socket, asio::mutable_buffer buffer, const wait_bounds& bounds,
  std::error_code& error)
{
  for (;;)
  {
    error = wait(socket, POLLIN, bounds);
    const std::size_t bytes = error ? 0 : socket.read_some(buffer, error);
    // poll() may report a socket readable that is not, after all.
    if (error != asio::error::would_block)
      return bytes;
  }
}

} // namespace poetry
