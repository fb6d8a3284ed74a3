#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace poetry {

struct due_entry
{
  time_point due;
  int descriptor;
};

/// When which descriptor is due: a binary heap that knows the place of each descriptor in it, so
/// that one can be moved or removed at any time. 16 bytes for each, and 4 more while it is overdue.
///
/// What is overdue is taken in sweeps from the smallest descriptor to the largest. So none waits
/// for more than one sweep, and a busy server visits sockets in the order in which they lie in the
/// kernel's memory: in random order each visit would cost cache misses.
class due_queue
{
public:
  void reserve(std::size_t descriptors);
  /// When the first is due, or some time before that; `time_point::max()` when there is none.
  time_point next_due() const;
  /// Makes `descriptor` due at `due`, and at no other time.
  void set(int descriptor, time_point due);
  /// Does nothing when the descriptor is not in the queue.
  void erase(int descriptor);
  /// Takes out the entry that this sweep comes to next, of those that are due at `now`.
  std::optional<due_entry> take_due(time_point now);

private:
  static constexpr std::uint32_t nowhere = UINT32_MAX;
  static constexpr std::uint32_t overdue = UINT32_MAX - 1;
  using ascending = std::priority_queue<int, std::vector<int>, std::greater<>>;

  std::uint32_t& place_of(int descriptor) { return places_[static_cast<std::size_t>(descriptor)]; }
  time_point due_of(int descriptor) const { return dues_[static_cast<std::size_t>(descriptor)]; }
  void put(std::size_t place, int descriptor);
  void settle(std::size_t place, int descriptor);

  std::vector<int> heap_;
  std::vector<std::uint32_t> places_; ///< in the heap, by descriptor
  std::vector<time_point> dues_;      ///< by descriptor
  /// What is overdue, beyond `position_` in this sweep and the rest. Some may be erased since.
  ascending ahead_, behind_;
  int position_ = -1;
};

} // namespace poetry
