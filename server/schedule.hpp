#pragma once

#include "server/due_queue.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>

namespace poetry {

/// The one schedule of all readers, behind one timer: a timer for each of them would cost thirty
/// times the memory, and a call into the kernel whenever one of them is set.
class schedule
{
public:
  /// Called for each descriptor that has become due, with the time it was due at. It may set and
  /// erase any descriptor.
  using due_function = std::function<void(int descriptor, time_point due)>;

  schedule(asio::io_context& context, due_function act);

  /// Makes room for so many descriptors at once.
  void reserve(std::size_t descriptors) { queue_.reserve(descriptors); }
  /// Makes `descriptor` due at `due`, and at no other time.
  void set(int descriptor, time_point due);
  void erase(int descriptor) { queue_.erase(descriptor); }

private:
  void act_on_due();
  void arm();

  asio::io_context& context_;
  asio::steady_timer timer_;
  due_function act_;
  due_queue queue_;
  /// When the next call of `act_on_due` comes; `max()` when none does.
  time_point next_wake_ = time_point::max();
};

} // namespace poetry
