#include "server/reception.hpp"

#include "common/address.hpp"
#include "common/output.hpp"

#include <asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/socket.h>

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

reception::reception(asio::io_context& context, house_rules rules, arrival_function arrive)
  : context_(context), rules_(rules), arrive_(std::move(arrive)), rest_(context)
{
}

tcp::endpoint reception::open(const tcp::endpoint& where, bool refuse)
{
  try
  {
    tcp::acceptor acceptor(context_, where.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    set_inherited_options(acceptor);
    acceptor.bind(where);
    if (!refuse)
      acceptor.listen();
    acceptor.non_blocking(true);
    auto endpoint = acceptor.local_endpoint();
    doors_.push_back({.acceptor = std::move(acceptor)});
    return endpoint;
  }
  catch (const std::system_error& error)
  {
    const bool taken = error.code() == asio::error::address_in_use;
    throw std::runtime_error(fmt::format("cannot listen on {}: {}{}", to_text(where),
      error.code().message(), taken ? "; choose another --port, or 0 for any free one" : ""));
  }
}

void reception::begin()
{
  for (std::size_t port = 0; port < doors_.size(); ++port)
    wait(port);
}

void reception::wait(std::size_t port)
{
  doors_[port].state = door_state::waiting;
  doors_[port].acceptor.async_wait(tcp::acceptor::wait_read, [this, port](std::error_code error) {
    if (!error)
      accept(port);
  });
}

/// Accepts by hand, in a loop: for each connection one call, and no object.
void reception::accept(std::size_t port)
{
  door& here = doors_[port];
  here.state = door_state::accepting;
  for (int accepts = 0; accepts < accepts_per_turn && here.acceptor.is_open(); ++accepts)
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
      ::accept4(here.acceptor.native_handle(), from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0)
    {
      from.resize(size);
      ++taken_;
      ++here.readers;
      arrive_(port, descriptor, from);
    }
    else if (errno == EAGAIN)
      break;
    else if (errno != EINTR && errno != ECONNABORTED)
      return rest(port, errno);
  }
  if (here.acceptor.is_open())
    wait(port); // told again at once if somebody still knocks
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
  if (resting_)
    return;
  resting_ = true;
  rest_.expires_after(rest_time);
  rest_.async_wait([this](std::error_code wait_error) {
    resting_ = false;
    if (!wait_error)
      let_in_queue();
  });
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
  if (here.state != door_state::busy)
    return;
  // Not at once: whoever reports a reader served is still busy with it.
  here.state = door_state::accepting;
  asio::post(context_, [this, port] { accept(port); });
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
    each.acceptor.close();
  queue_.clear();
  rest_.cancel();
}

} // namespace poetry
