#include "client/wait/connection.hpp"

#include "client/run/download.hpp"
#include "client/wait/connecting.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

using asio::ip::tcp;

namespace poetry {
namespace {

constexpr std::uint32_t hang_up_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t all_events = EPOLLIN | EPOLLOUT | EPOLLRDHUP;

/// How many reads one connection may make before the others are served.
constexpr int reads_in_a_row = 16;

} // namespace

connection_set::connection_set(asio::io_context& context)
  : epoll_set([](std::uint64_t key, std::uint32_t events) {
      reinterpret_cast<connection*>(static_cast<std::uintptr_t>(key))->ready(events);
    }),
    context_(context)
{
}

void connection::connect(std::span<const tcp::endpoint> endpoints)
{
  connecting_ = true;
  std::construct_at(&untried_, endpoints);
  connect_next();
}

void connection::connect_next()
{
  std::error_code error = asio::error::not_found;
  while (!untried_.empty())
  {
    close_socket();
    error = open(untried_.front());
    untried_ = untried_.subspan(1);
    if (!error)
      return;
  }
  complete_later(error);
}

std::error_code connection::open(const tcp::endpoint& endpoint)
{
  descriptor_ =
    ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor_ < 0)
    return last_error();
  std::error_code error;
  if (::connect(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) < 0 &&
      errno != EINPROGRESS)
    error = last_error();
  // One registration for the connection's whole life, with all kinds of edges.
  if (!error)
    error = set_.add(descriptor_, key(), all_events);
  if (error)
    ::close(std::exchange(descriptor_, -1));
  return error;
}

void connection::read(asio::mutable_buffer buffer)
{
  std::construct_at(&buffer_, buffer);
  if (descriptor_ < 0)
    complete_later(asio::error::bad_descriptor);
  // Within `ready` the loop there reads; elsewhere the set must report again.
  else if (readable_ && set_.active_ != this)
  {
    if (const auto error = set_.change(descriptor_, key(), all_events))
      complete_later(error);
  }
}

void connection::ready(std::uint32_t events)
{
  readable_ = readable_ || (events & (EPOLLIN | hang_up_events)) != 0;
  hung_up_ = hung_up_ || (events & hang_up_events) != 0;

  // A handler may destroy this connection, so `active_` must not be one of its members.
  connection_set& set = set_;
  set.active_ = this;
  if (connecting_)
  {
    const bool may_have_failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
    const auto error = may_have_failed ? connect_result(descriptor_) : std::error_code();
    if (may_try_next_endpoint(error) && !untried_.empty())
      connect_next();
    else
    {
      connecting_ = false;
      complete(error);
    }
  }
  for (int reads = 0; set.active_ == this && complete_ && readable_; ++reads)
  {
    if (reads == reads_in_a_row)
    {
      if (const auto error = set_.change(descriptor_, key(), all_events))
        complete(error);
      break;
    }
    read_now();
  }
  if (set.active_ == this)
    set.active_ = nullptr;
}

void connection::read_now()
{
  const auto bytes = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
    readable_ = errno == EINTR;
  else if (bytes < 0)
    complete(last_error());
  else if (bytes == 0)
    complete(asio::error::eof);
  else
  {
    const auto count = static_cast<std::size_t>(bytes);
    // A read that did not fill the buffer took all there was, but the end may have come with it.
    readable_ = hung_up_ || count == buffer_.size();
    complete({}, count);
  }
}

void connection::close()
{
  if (set_.active_ == this)
    set_.active_ = nullptr;
  close_socket();
  if (complete_)
    complete_later(asio::error::operation_aborted);
}

void connection::close_socket()
{
  if (descriptor_ < 0)
    return;
  set_.remove(key());
  ::close(std::exchange(descriptor_, -1));
  readable_ = hung_up_ = false;
}

void connection::complete_later(std::error_code error)
{
  connecting_ = false;
  std::exchange(complete_, nullptr)(error, 0, true);
}

} // namespace poetry
