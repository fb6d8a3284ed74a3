#include "common/descriptor_set.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <unistd.h>

namespace poetry {
namespace {

int open_epoll()
{
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an epoll set");
  return descriptor;
}

int wait_for(int epoll, std::span<epoll_event> events, duration timeout)
{
  using namespace std::chrono;
  const auto whole = floor<std::chrono::seconds>(timeout);
  const timespec time = {
    .tv_sec = whole.count(), .tv_nsec = static_cast<long>(nanoseconds(timeout - whole).count())};
  const auto size = static_cast<int>(events.size());
  const int count = ::epoll_pwait2(epoll, events.data(), size, &time, nullptr);
  if (count >= 0 || errno != ENOSYS)
    return count;
  // Linux before 5.11 counts in milliseconds.
  return ::epoll_wait(
    epoll, events.data(), size, static_cast<int>(ceil<milliseconds>(timeout).count()));
}

} // namespace

descriptor_set::descriptor_set(asio::io_context& context, ready_function ready, waiting how)
  : context_(context), epoll_(open_epoll()), how_(how), ready_(std::move(ready))
{
}

descriptor_set::~descriptor_set()
{
  if (in_loop_)
    in_loop_->release();
  ::close(epoll_);
}

std::error_code descriptor_set::add(int descriptor, std::uint64_t key, std::uint32_t events)
{
  epoll_event event{.events = events | EPOLLET, .data = {.u64 = key}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) < 0)
    return std::error_code(errno, std::system_category());
  ++watched_;
  if (how_ == waiting::in_loop && !waiting_)
    wait();
  return {};
}

void descriptor_set::change(int descriptor, std::uint64_t key, std::uint32_t events)
{
  epoll_event event{.events = events | EPOLLET, .data = {.u64 = key}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void descriptor_set::remove(std::uint64_t key)
{
  for (epoll_event& event : undelivered_)
  {
    if (event.data.u64 == key)
      event.events = 0;
  }
  if (--watched_ == 0 && waiting_)
    in_loop_->cancel();
}

void descriptor_set::wait()
{
  if (!in_loop_)
    in_loop_.emplace(context_, epoll_);
  waiting_ = true;
  in_loop_->async_wait(asio::posix::descriptor_base::wait_read, [this](std::error_code error) {
    waiting_ = false;
    if (!error)
    {
      collected(::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0));
      deliver();
    }
    if (watched_ > 0 && !waiting_)
      wait();
  });
}

void descriptor_set::wait_until(time_point deadline)
{
  // Within a day of now, for neither end of all time is a number the system can count with.
  const auto now = clock::now();
  const auto until = std::clamp(deadline, now, now + std::chrono::hours(24));
  collected(wait_for(epoll_, events_, until - now));
  // Within the loop, so that handlers which belong to it run at once.
  if (!undelivered_.empty())
    asio::post(context_, [this] { deliver(); });
}

void descriptor_set::collected(int count)
{
  undelivered_ = std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
}

void descriptor_set::deliver()
{
  while (!undelivered_.empty())
  {
    const epoll_event event = undelivered_.front();
    undelivered_ = undelivered_.subspan(1);
    if (event.events != 0)
      ready_(event.data.u64, event.events);
  }
}

} // namespace poetry
