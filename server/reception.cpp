#include "server/reception.hpp"

#include "common/address.hpp"
#include "common/output.hpp"

#include <asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace poetry {
namespace {

using asio::ip::tcp;

/// After so many connections at one port the loop has its turn.
constexpr int accepts_per_turn = 64;
/// How long accepting rests at most when the system has no more descriptors.
constexpr auto rest_time = std::chrono::milliseconds(100);

/// What the accepted sockets inherit: no call per reader, and no moment without it. A connection
/// that is closed, if only because its server was killed, is reset unless lingering is switched
/// off; small chunks leave at once.
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

reception::reception(asio::io_context& context, descriptor_set& descriptors, house_rules rules,
  arrival_function arrive)
  : context_(context), descriptors_(descriptors), rules_(rules), arrive_(std::move(arrive))
{
}

tcp::endpoint reception::open(const tcp::endpoint& where, bool refuse)
{
  try
  {
    // Asio opens the listener; to wait for it is not Asio's business here.
    asio::io_context opening;
    tcp::acceptor acceptor(opening, where.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    set_inherited_options(acceptor);
    acceptor.bind(where);
    if (!refuse)
      acceptor.listen();
    acceptor.native_non_blocking(true);
    auto endpoint = acceptor.local_endpoint();
    doors_.push_back({.listener = acceptor.release()});
    if (!refuse)
      doors_.back().key = descriptors_.watch(
        doors_.back().listener, [this, port = doors_.size() - 1] { knocked(port); });
    return endpoint;
  }
  catch (const std::system_error& error)
  {
    const bool taken = error.code() == asio::error::address_in_use;
    throw std::runtime_error(fmt::format("cannot listen on {}: {}{}", to_text(where),
      error.code().message(), taken ? "; choose another --port, or 0 for any free one" : ""));
  }
}

void reception::knocked(std::size_t port)
{
  // In any other state somebody knows that, and looks at the door later.
  if (doors_[port].state == door_state::waiting)
    accept(port);
}

/// Told at once if somebody still knocks, but after others have had their turn.
void reception::wait(std::size_t port)
{
  doors_[port].state = door_state::waiting;
  descriptors_.change(doors_[port].listener, doors_[port].key, EPOLLIN);
}

/// Accepts by hand, in a loop: for each connection one call, and no object.
void reception::accept(std::size_t port)
{
  door& here = doors_[port];
  for (int accepts = 0; accepts < accepts_per_turn; ++accepts)
  {
    if (rules_.one_at_a_time && here.readers > 0)
    {
      here.state = door_state::busy;
      return;
    }
    if (taken_ >= rules_.seats)
      return queue(port);

    tcp::endpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    const int descriptor =
      ::accept4(here.listener, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0)
    {
      from.resize(size);
      ++taken_;
      ++here.readers;
      arrive_(port, descriptor, from);
    }
    else if (errno == EAGAIN)
    {
      here.state = door_state::waiting;
      return;
    }
    else if (errno != EINTR && errno != ECONNABORTED)
      return rest(port, errno);
  }
  wait(port);
}

void reception::queue(std::size_t port)
{
  doors_[port].state = door_state::queueing;
  queue_.push_back(port);
}

void reception::rest(std::size_t port, int error)
{
  if (rests_++ == 0)
    complain(fmt::format("slowpoetry: accepting rests with {} readers: {}; --max-clients or "
                         "'ulimit -n' would move that limit",
      taken_, std::generic_category().message(error)));
  queue(port);
  if (next_try_ == time_point::max())
    next_try_ = clock::now() + rest_time;
}

void reception::try_again()
{
  next_try_ = time_point::max();
  let_in_queue();
}

void reception::let_in_queue()
{
  const auto rests_before = rests_;
  for (std::size_t doors = queue_.size();
       doors > 0 && taken_ < rules_.seats && rests_ == rests_before; --doors)
  {
    const auto port = queue_.front();
    queue_.pop_front();
    accept(port);
  }
}

void reception::served(std::size_t port)
{
  door& here = doors_[port];
  --here.readers;
  // Whoever reports a reader served is still busy with it.
  if (here.state == door_state::busy)
    wait(port);
}

void reception::left()
{
  --taken_;
  if (queue_.empty() || turn_posted_)
    return;
  turn_posted_ = true;
  asio::post(context_, [this] {
    turn_posted_ = false;
    let_in_queue();
  });
}

void reception::close()
{
  for (door& each : doors_)
  {
    if (each.state != door_state::closed)
      ::close(each.listener);
    each.state = door_state::closed;
  }
  queue_.clear();
  next_try_ = time_point::max();
}

} // namespace poetry
