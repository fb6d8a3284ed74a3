#pragma once

#include "common/duration.hpp"

#include <array>
#include <asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <sys/epoll.h>

namespace poetry {

/// What an event loop waits with: an edge-triggered epoll set, one system call for each wake.
/// Asio's own reactor takes two or three, because it sets a timer in the kernel as well; so Asio
/// runs the handlers, and the loop waits here:
///
///     for (;;)
///       context.restart(), context.poll(), what is due, set.wait_until(next due)
///
/// A descriptor costs one registration for its whole life and no memory here, where an Asio object
/// of its own would cost a record and a call for every wait. Not safe to use from several threads.
class descriptor_set
{
public:
  /// Called with the key a descriptor was added under and what epoll says of it (EPOLLIN, ...).
  using ready_function = std::function<void(std::uint64_t key, std::uint32_t events)>;

  /// From here on the system rounds no wait of the calling thread. Throws `std::system_error` when
  /// it has no descriptor left.
  descriptor_set(asio::io_context& context, ready_function ready);
  ~descriptor_set();
  descriptor_set(const descriptor_set&) = delete;
  descriptor_set& operator=(const descriptor_set&) = delete;

  /// Watches `descriptor` for `events`; returns the system's error if it cannot.
  std::error_code add(int descriptor, std::uint64_t key, std::uint32_t events);
  /// Watches it for other events from now on; one that has happened already is reported again.
  void change(int descriptor, std::uint64_t key, std::uint32_t events);
  /// Forgets a descriptor that is about to be closed, and what is already known to have happened to
  /// it: closing takes it out of the epoll set without a call of its own.
  void remove(std::uint64_t key);

  /// For the few descriptors that are unlike the others: `then` is called whenever there is more to
  /// be read than before, until it is closed. Returns the key it was added under; throws
  /// `std::system_error` if it cannot be watched.
  std::uint64_t watch(int descriptor, std::function<void()> then);

  /// Blocks until something happens, at most until `deadline`, and posts to the context what is to
  /// be done about it.
  void wait_until(time_point deadline);

private:
  void deliver();

  asio::io_context& context_;
  int epoll_;
  ready_function ready_;
  /// Their keys count down from the largest there is.
  std::deque<std::function<void()>> watched_;
  std::array<epoll_event, 256> events_ = {};
  std::span<epoll_event> undelivered_;
};

} // namespace poetry
