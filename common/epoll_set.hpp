#pragma once

#include "common/duration.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <sys/epoll.h>
#include <system_error>

namespace poetry {

/// What an event loop waits with: an edge-triggered epoll set, one system call for each wake.
/// Asio's own reactor takes two or three, because it sets a timer in the kernel as well.
///
/// A descriptor is registered once, for its whole life, and costs no memory here; an Asio object
/// would cost a record and a call for every wait. For one thread only.
class epoll_set
{
public:
  /// Called with the key a descriptor was added under and what epoll says of it (EPOLLIN, ...).
  using ready_function = std::function<void(std::uint64_t key, std::uint32_t events)>;

  /// From now on the calling thread's waits end on time: its timer slack is set to a nanosecond.
  /// Throws `std::system_error` when no descriptor is left.
  explicit epoll_set(ready_function ready);
  ~epoll_set();
  epoll_set(const epoll_set&) = delete;
  epoll_set& operator=(const epoll_set&) = delete;

  /// Watches `descriptor` for `events`; returns the system's error when that is impossible.
  std::error_code add(int descriptor, std::uint64_t key, std::uint32_t events);
  /// Changes the events it is watched for. One that has happened already is reported again. Returns
  /// the system's error when that is impossible.
  std::error_code change(int descriptor, std::uint64_t key, std::uint32_t events);
  /// Drops the events of a descriptor that is about to be closed and have not been delivered yet.
  /// The kernel takes the descriptor out of the set when it is closed.
  void remove(std::uint64_t key);

  /// Calls `then` whenever there is something new to read, for descriptors of another kind, such as
  /// listening sockets. Throws `std::system_error` when it cannot be watched.
  void watch(int descriptor, std::function<void()> then);

  /// Blocks until something happens or `deadline` passes, then makes the calls that follow from it.
  void wait_until(time_point deadline);

private:
  int epoll_;
  ready_function ready_;
  std::deque<std::function<void()>> watched_;
  std::array<epoll_event, 256> events_ = {};
  std::span<epoll_event> undelivered_;
};

} // namespace poetry
