#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace poetry {

struct due_entry
{
  time_point due;
  int descriptor;
};

/// Descriptors in the order in which something is due for them: a binary heap that knows where in
/// it each descriptor stands, so that one can be moved or removed at any time. 20 bytes for each.
class due_queue
{
public:
  void reserve(std::size_t descriptors);
  /// When the first is due; the end of all time when there is none.
  time_point next_due() const { return heap_.empty() ? time_point::max() : heap_.front().due; }
  /// Makes `descriptor` due at `due`, and at no other time.
  void set(int descriptor, time_point due);
  /// Does nothing when the descriptor is not in the queue.
  void erase(int descriptor);
  /// Takes out the entry that is due first, if it is due at `now`; of those due together, any.
  std::optional<due_entry> take_due(time_point now);

private:
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  void put(std::size_t place, due_entry entry);
  void settle(std::size_t place, due_entry entry);
  void erase_at(std::size_t place);

  std::vector<due_entry> heap_;
  std::vector<std::uint32_t> places_; ///< by descriptor
};

} // namespace poetry
