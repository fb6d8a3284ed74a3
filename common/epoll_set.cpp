#include "common/epoll_set.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

int wait_for(int epoll, std::span<epoll_event> events, duration timeout)
{
  const timespec time = to_timespec(timeout);
  const auto size = static_cast<int>(events.size());
  const int count = ::epoll_pwait2(epoll, events.data(), size, &time, nullptr);
  if (count >= 0 || (errno != ENOSYS && errno != EPERM))
    return count;
  // Linux before 5.11 counts in milliseconds, and a container may forbid calls newer than itself.
  return ::epoll_wait(epoll, events.data(), size,
    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count()));
}

std::error_code control(
  int epoll, int operation, int descriptor, std::uint64_t key, std::uint32_t events)
{
  epoll_event event{.events = events | EPOLLET, .data = {.u64 = key}};
  if (::epoll_ctl(epoll, operation, descriptor, &event) == 0)
    return {};
  return {errno, asio::error::get_system_category()};
}

/// Marks the keys of watched descriptors; the rest is their index.
constexpr std::uint64_t is_watched = std::uint64_t{1} << 63;

} // namespace

epoll_set::epoll_set(ready_function ready)
  : epoll_(::epoll_create1(EPOLL_CLOEXEC)), ready_(std::move(ready))
{
  if (epoll_ < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an epoll set");
  ::prctl(PR_SET_TIMERSLACK, 1); // nanosecond; the default is 50,000
}

epoll_set::~epoll_set()
{
  ::close(epoll_);
}

std::error_code epoll_set::add(int descriptor, std::uint64_t key, std::uint32_t events)
{
  return control(epoll_, EPOLL_CTL_ADD, descriptor, key, events);
}

std::error_code epoll_set::change(int descriptor, std::uint64_t key, std::uint32_t events)
{
  return control(epoll_, EPOLL_CTL_MOD, descriptor, key, events);
}

void epoll_set::remove(std::uint64_t key)
{
  for (epoll_event& event : undelivered_)
  {
    if (event.data.u64 == key)
      event.events = 0;
  }
}

void epoll_set::watch(int descriptor, std::function<void()> then)
{
  const std::uint64_t key = is_watched | watched_.size();
  watched_.push_back(std::move(then));
  if (const auto error = add(descriptor, key, EPOLLIN))
    throw std::system_error(error, "cannot watch a descriptor");
}

void epoll_set::wait_until(time_point deadline)
{
  // time_point::min() and max() do not fit a timespec relative to now.
  const auto now = clock::now();
  const auto until = std::clamp(deadline, now, now + std::chrono::hours(24));
  const int count = wait_for(epoll_, events_, until - now);
  undelivered_ = std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
  while (!undelivered_.empty())
  {
    const epoll_event event = undelivered_.front();
    undelivered_ = undelivered_.subspan(1);
    const std::uint64_t key = event.data.u64;
    if (event.events == 0)
      continue;
    if ((key & is_watched) != 0)
      watched_[key ^ is_watched]();
    else
      ready_(key, event.events);
  }
}

} // namespace poetry
