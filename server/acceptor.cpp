#include "server/acceptor.hpp"

#include "common/address.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace poetry {
namespace {

using asio::ip::tcp;

/// At most this many connections are accepted from one port before the next port is served.
constexpr int accepts_per_turn = 64;
/// How long accepting is paused when the system has no more descriptors, unless a reader leaves.
constexpr auto pause_time = std::chrono::milliseconds(100);

std::uint64_t open_descriptors()
{
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  // The folder itself is open, too. Without /proc: the standard ones, and that for signals.
  return error ? 4 : static_cast<std::uint64_t>(std::distance(begin(entries), end(entries))) - 1;
}

} // namespace

std::uint64_t readers_within_descriptor_limit(std::uint64_t listeners)
{
  constexpr std::uint64_t epoll_set = 1;
  const std::uint64_t limit = raise_descriptor_limit();
  const std::uint64_t used = open_descriptors() + listeners + epoll_set;
  return limit > used ? limit - used : 1;
}

std::string to_text(const tcp::endpoint& endpoint)
{
  return to_text(address{endpoint.address().to_string(), endpoint.port()});
}

acceptor::acceptor(epoll_set& descriptors, const server_options& options, server_log& log,
  totals& totals, arrival_function arrive)
  : descriptors_(descriptors),
    options_(options),
    log_(log),
    totals_(totals),
    arrive_(std::move(arrive))
{
}

tcp::endpoint acceptor::open(const tcp::endpoint& where)
{
  const bool refuse = options_.fault.what == fault::kind::refuse;
  try
  {
    // Asio sets up the listener; `epoll_set` waits for it.
    asio::io_context context;
    tcp::acceptor opened(context, where.protocol());
    opened.set_option(tcp::acceptor::reuse_address(true));
    // Accepted sockets inherit these: no call per reader, and no window after accept. With
    // SO_LINGER {1, 0} any close sends RST, even when the server is killed, until `stop_lingering`.
    opened.set_option(asio::socket_base::linger(true, 0));
    opened.set_option(tcp::no_delay(true));
    opened.bind(where);
    if (!refuse)
      opened.listen();
    opened.native_non_blocking(true);
    auto endpoint = opened.local_endpoint();
    listeners_.push_back({.descriptor = opened.release()});
    if (!refuse)
      descriptors_.watch(listeners_.back().descriptor, [this, port = listeners_.size() - 1] {
        if (listeners_[port].waiting && listeners_[port].descriptor >= 0)
          accept(port);
      });
    return endpoint;
  }
  catch (const std::system_error& error)
  {
    const std::string_view remedy =
      error.code() == asio::error::address_in_use ? "; choose another --port, or 0 for any free one"
      : error.code() == asio::error::no_descriptors ? "; fewer --listeners, or a higher 'ulimit -n'"
                                                    : "";
    throw std::runtime_error(
      fmt::format("cannot listen on {}: {}{}", to_text(where), error.code().message(), remedy));
  }
}

/// Calls accept4 directly: one system call for each connection, and no object.
void acceptor::accept(std::size_t port)
{
  listener& here = listeners_[port];
  here.waiting = true;
  for (int accepts = 0; accepts < accepts_per_turn; ++accepts)
  {
    if (options_.one_at_a_time && here.readers > 0)
    {
      here.waiting = false;
      return;
    }
    if (is_full())
      break;

    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    const int descriptor =
      ::accept4(here.descriptor, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0)
    {
      from.resize(size);
      ++totals_.still_connected;
      ++here.readers;
      totals_.peak_readers = std::max(totals_.peak_readers, ++readers_);
      arrive_(port, descriptor, from);
    }
    else if (errno == EAGAIN)
      return;
    else if (errno != EINTR && errno != ECONNABORTED)
    {
      pause(errno);
      break;
    }
  }
  // More may wait; they are accepted after the events of the other ports.
  leave_in_backlog(port);
}

void acceptor::leave_in_backlog(std::size_t port)
{
  listeners_[port].waiting = false;
  backlogged_.push_back(port);
}

void acceptor::pause(int error)
{
  if (totals_.accepting_paused++ == 0)
    log_.warning(fmt::format("accepting is paused with {}: {}; a lower --max-clients or a "
                             "higher 'ulimit -n' avoids that",
      count_text(totals_.still_connected, "reader"), std::generic_category().message(error)));
  paused_until_ = clock::now() + pause_time;
}

time_point acceptor::resume_time() const
{
  return backlogged_.empty() || is_full() ? time_point::max() : paused_until_;
}

void acceptor::resume()
{
  paused_until_ = time_point::min();
  for (auto ports = backlogged_.size(); ports > 0 && resume_time() == time_point::min(); --ports)
  {
    const auto port = backlogged_.front();
    backlogged_.pop_front();
    accept(port);
  }
}

void acceptor::poem_ended(std::size_t port)
{
  listener& here = listeners_[port];
  --here.readers;
  --readers_;
  if (options_.one_at_a_time && !here.waiting && here.descriptor >= 0)
    leave_in_backlog(port); // to be accepted later: now that would re-enter the caller
}

void acceptor::connection_closed()
{
  --totals_.still_connected;
  paused_until_ = time_point::min();
}

void acceptor::close()
{
  for (listener& each : listeners_)
  {
    ::close(each.descriptor);
    each.descriptor = -1;
  }
  backlogged_.clear();
}

} // namespace poetry
