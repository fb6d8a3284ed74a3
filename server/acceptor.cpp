#include "server/acceptor.hpp"

#include "common/address.hpp"

#include <asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace poetry {
namespace {

using asio::ip::tcp;

/// At most this many connections from one port before the others have their turn.
constexpr int accepts_per_turn = 64;
/// For how long accepting is paused when the system has no more descriptors, unless a reader
/// leaves.
constexpr auto pause_time = std::chrono::milliseconds(100);

/// Options that accepted sockets inherit: no call per reader, and no window after accept. With
/// SO_LINGER {1, 0} any close sends RST, even when the server is killed, until `stop_lingering`;
/// TCP_NODELAY sends small chunks at once.
void set_inherited_options(tcp::acceptor& acceptor)
{
  acceptor.set_option(asio::socket_base::linger(true, 0));
  acceptor.set_option(tcp::no_delay(true));
}

} // namespace

std::string to_text(const tcp::endpoint& endpoint)
{
  return to_text(address{endpoint.address().to_string(), endpoint.port()});
}

acceptor::acceptor(asio::io_context& context, epoll_set& descriptors, accept_limits limits,
  arrival_function arrive, warning_function warn)
  : context_(context),
    descriptors_(descriptors),
    limits_(limits),
    arrive_(std::move(arrive)),
    warn_(std::move(warn))
{
}

tcp::endpoint acceptor::open(const tcp::endpoint& where, bool refuse)
{
  try
  {
    // Asio sets up the listener; `epoll_set` waits for it.
    asio::io_context context;
    tcp::acceptor opened(context, where.protocol());
    opened.set_option(tcp::acceptor::reuse_address(true));
    set_inherited_options(opened);
    opened.bind(where);
    if (!refuse)
      opened.listen();
    opened.native_non_blocking(true);
    auto endpoint = opened.local_endpoint();
    listeners_.push_back({.descriptor = opened.release()});
    if (!refuse)
      listeners_.back().key = descriptors_.watch(
        listeners_.back().descriptor, [this, port = listeners_.size() - 1] { readable(port); });
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

void acceptor::readable(std::size_t port)
{
  // In every other state the port is tried again later anyway.
  if (listeners_[port].state == listener_state::waiting)
    accept(port);
}

/// Rearms the edge-triggered listener: pending connections are reported again, after the other
/// ports have had their turn.
void acceptor::wait(std::size_t port)
{
  listeners_[port].state = listener_state::waiting;
  descriptors_.change(listeners_[port].descriptor, listeners_[port].key, EPOLLIN);
}

/// Calls accept4 itself, in a loop: one call for each connection, and no object.
void acceptor::accept(std::size_t port)
{
  listener& here = listeners_[port];
  for (int accepts = 0; accepts < accepts_per_turn; ++accepts)
  {
    if (limits_.one_at_a_time && here.readers > 0)
    {
      here.state = listener_state::busy;
      return;
    }
    if (is_full())
      return leave_in_backlog(port);

    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    const int descriptor =
      ::accept4(here.descriptor, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0)
    {
      from.resize(size);
      ++connected_;
      ++here.readers;
      arrive_(port, descriptor, from);
    }
    else if (errno == EAGAIN)
    {
      here.state = listener_state::waiting;
      return;
    }
    else if (errno != EINTR && errno != ECONNABORTED)
      return pause(port, errno);
  }
  wait(port);
}

void acceptor::leave_in_backlog(std::size_t port)
{
  listeners_[port].state = listener_state::backlogged;
  backlogged_.push_back(port);
}

void acceptor::pause(std::size_t port, int error)
{
  if (pauses_++ == 0)
    warn_(fmt::format("accepting is paused with {} readers: {}; a lower --max-clients or a higher "
                      "'ulimit -n' avoids that",
      connected_, std::generic_category().message(error)));
  leave_in_backlog(port);
  if (resume_time_ == time_point::max())
    resume_time_ = clock::now() + pause_time;
}

void acceptor::resume()
{
  resume_time_ = time_point::max();
  accept_backlogged();
}

void acceptor::accept_backlogged()
{
  const auto pauses_before = pauses_;
  for (std::size_t ports = backlogged_.size();
       ports > 0 && connected_ < limits_.max_clients && pauses_ == pauses_before; --ports)
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
  // Only rearms: the caller still uses its reader, and accepting here would re-enter the caller.
  if (here.state == listener_state::busy)
    wait(port);
}

void acceptor::connection_closed()
{
  --connected_;
  if (backlogged_.empty() || turn_posted_)
    return;
  turn_posted_ = true;
  asio::post(context_, [this] {
    turn_posted_ = false;
    accept_backlogged();
  });
}

void acceptor::close()
{
  for (listener& each : listeners_)
  {
    if (each.state != listener_state::closed)
      ::close(each.descriptor);
    each.state = listener_state::closed;
  }
  backlogged_.clear();
  resume_time_ = time_point::max();
}

} // namespace poetry
