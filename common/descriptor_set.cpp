#include "common/descriptor_set.hpp"

#include <algorithm>
#include <cerrno>

namespace poetry {
namespace {

int open_epoll()
{
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an epoll set");
  return descriptor;
}

} // namespace

descriptor_set::descriptor_set(asio::io_context& context, ready_function ready)
  : epoll_(context, open_epoll()), ready_(std::move(ready))
{
}

std::error_code descriptor_set::add(int descriptor, std::uint64_t key, std::uint32_t events)
{
  epoll_event event{.events = events | EPOLLET, .data = {.u64 = key}};
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) < 0)
    return std::error_code(errno, std::system_category());
  ++watched_;
  if (!waiting_)
    wait();
  return {};
}

void descriptor_set::change(int descriptor, std::uint64_t key, std::uint32_t events)
{
  epoll_event event{.events = events | EPOLLET, .data = {.u64 = key}};
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void descriptor_set::remove(std::uint64_t key)
{
  for (epoll_event& event : undelivered_)
  {
    if (event.data.u64 == key)
      event.events = 0;
  }
  if (--watched_ == 0 && waiting_)
    epoll_.cancel();
}

void descriptor_set::wait()
{
  waiting_ = true;
  epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](std::error_code error) {
    waiting_ = false;
    if (!error)
      dispatch();
    if (watched_ > 0 && !waiting_)
      wait();
  });
}

void descriptor_set::dispatch()
{
  const int count =
    ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  undelivered_ = std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
  while (!undelivered_.empty())
  {
    const epoll_event event = undelivered_.front();
    undelivered_ = undelivered_.subspan(1);
    if (event.events != 0)
      ready_(event.data.u64, event.events);
  }
}

} // namespace poetry
