#pragma once

#include "common/duration.hpp"

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <sys/epoll.h>

namespace poetry {

/// Many descriptors behind one that Asio waits on: an epoll set, watched edge-triggered. A
/// descriptor costs one registration for its whole life and no memory here, where an Asio object of
/// its own would cost a record and a call for every wait. Not safe to use from several threads.
///
/// The set waits in the loop of its context, and keeps it running while it holds at least one
/// descriptor. That takes two calls for each wake, and one more to wait again. `waiting::by_hand`
/// takes one: nothing happens until the owner calls `wait_until`, instead of running the loop.
class descriptor_set
{
public:
  enum class waiting
  {
    in_loop,
    by_hand
  };

  /// Called with the key a descriptor was added under and what epoll says of it (EPOLLIN, ...).
  using ready_function = std::function<void(std::uint64_t key, std::uint32_t events)>;

  /// Throws `std::system_error` when the system has no descriptor left.
  descriptor_set(asio::io_context& context, ready_function ready, waiting how = waiting::in_loop);
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

  /// By hand: blocks until something happens, at most until `deadline`, and posts to the context
  /// what is to be done about it.
  void wait_until(time_point deadline);

private:
  void wait();
  void collected(int count);
  void deliver();

  asio::io_context& context_;
  int epoll_;
  waiting how_;
  /// The set in Asio's eyes, once it waits there: an Asio object costs the loop a call for each
  /// turn.
  std::optional<asio::posix::stream_descriptor> in_loop_;
  ready_function ready_;
  std::size_t watched_ = 0;
  bool waiting_ = false;
  std::array<epoll_event, 256> events_ = {};
  std::span<epoll_event> undelivered_;
};

} // namespace poetry
