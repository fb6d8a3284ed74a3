#include "server/due_queue.hpp"

#include <utility>

namespace poetry {

void due_queue::reserve(std::size_t descriptors)
{
  heap_.reserve(descriptors);
  places_.reserve(descriptors);
  dues_.reserve(descriptors);
}

time_point due_queue::next_due() const
{
  if (!ahead_.empty() || !behind_.empty())
    return time_point::min();
  return heap_.empty() ? time_point::max() : due_of(heap_.front());
}

void due_queue::set(int descriptor, time_point due)
{
  const auto index = static_cast<std::size_t>(descriptor);
  if (places_.size() <= index)
  {
    places_.resize(index + 1, nowhere);
    dues_.resize(index + 1);
  }
  dues_[index] = due;
  if (places_[index] >= overdue)
  {
    places_[index] = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back(descriptor);
  }
  settle(places_[index], descriptor);
}

void due_queue::erase(int descriptor)
{
  if (places_.size() <= static_cast<std::size_t>(descriptor))
    return;
  const std::uint32_t place = std::exchange(place_of(descriptor), nowhere);
  if (place >= overdue)
    return;
  const int last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size())
    settle(place, last);
}

std::optional<due_entry> due_queue::take_due(time_point now)
{
  while (!heap_.empty() && due_of(heap_.front()) <= now)
  {
    const int descriptor = heap_.front();
    erase(descriptor);
    place_of(descriptor) = overdue;
    (descriptor > position_ ? ahead_ : behind_).push(descriptor);
  }
  for (;;)
  {
    if (ahead_.empty())
      std::swap(ahead_, behind_);
    if (ahead_.empty())
      return std::nullopt;
    position_ = ahead_.top();
    ahead_.pop();
    if (place_of(position_) == overdue)
    {
      place_of(position_) = nowhere;
      return due_entry{due_of(position_), position_};
    }
  }
}

void due_queue::put(std::size_t place, int descriptor)
{
  heap_[place] = descriptor;
  place_of(descriptor) = static_cast<std::uint32_t>(place);
}

/// Puts the descriptor where it belongs, beginning at the free `place`: up past parents due later,
/// then down past children due earlier.
void due_queue::settle(std::size_t place, int descriptor)
{
  const time_point due = due_of(descriptor);
  while (place > 0 && due < due_of(heap_[(place - 1) / 2]))
  {
    put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1)
  {
    if (child + 1 < heap_.size() && due_of(heap_[child + 1]) < due_of(heap_[child]))
      ++child;
    if (due <= due_of(heap_[child]))
      break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, descriptor);
}

} // namespace poetry
