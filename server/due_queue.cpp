#include "server/due_queue.hpp"

namespace poetry {

void due_queue::reserve(std::size_t descriptors)
{
  heap_.reserve(descriptors);
  places_.reserve(descriptors);
}

void due_queue::set(int descriptor, time_point due)
{
  const auto index = static_cast<std::size_t>(descriptor);
  if (places_.size() <= index)
    places_.resize(index + 1, nowhere);
  if (places_[index] == nowhere)
  {
    heap_.emplace_back();
    settle(heap_.size() - 1, {due, descriptor});
  }
  else
  {
    settle(places_[index], {due, descriptor});
  }
}

void due_queue::erase(int descriptor)
{
  const auto index = static_cast<std::size_t>(descriptor);
  if (index < places_.size() && places_[index] != nowhere)
    erase_at(places_[index]);
}

std::optional<due_entry> due_queue::take_due(time_point now)
{
  if (heap_.empty() || heap_.front().due > now)
    return std::nullopt;
  const due_entry result = heap_.front();
  erase_at(0);
  return result;
}

void due_queue::put(std::size_t place, due_entry entry)
{
  heap_[place] = entry;
  places_[static_cast<std::size_t>(entry.descriptor)] = static_cast<std::uint32_t>(place);
}

/// Puts `entry` where it belongs, beginning at the free `place`: up past parents due later, then
/// down past children due earlier.
void due_queue::settle(std::size_t place, due_entry entry)
{
  while (place > 0 && entry.due < heap_[(place - 1) / 2].due)
  {
    put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1)
  {
    if (child + 1 < heap_.size() && heap_[child + 1].due < heap_[child].due)
      ++child;
    if (entry.due <= heap_[child].due)
      break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

void due_queue::erase_at(std::size_t place)
{
  places_[static_cast<std::size_t>(heap_[place].descriptor)] = nowhere;
  const due_entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size())
    settle(place, last);
}

} // namespace poetry
