#include "server/due_queue.hpp"

#include "server/recital.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

constexpr time_point t0 = time_point(1000s);

std::vector<int> take_all_due(due_queue& queue, time_point now)
{
  std::vector<int> descriptors;
  while (const auto entry = queue.take_due(now))
    descriptors.push_back(entry->descriptor);
  return descriptors;
}

} // namespace

TEST_CASE("a queue returns what is due, and nothing early")
{
  due_queue queue;
  queue.set(5, t0 + 3ms);
  queue.set(9, t0 + 1ms);
  queue.set(3, t0 + 2ms);
  CHECK(queue.next_due() == t0 + 1ms);
  CHECK(take_all_due(queue, t0).empty());
  CHECK(take_all_due(queue, t0 + 1ms) == std::vector{9});
  CHECK(take_all_due(queue, t0 + 2ms) == std::vector{3});
  CHECK(queue.next_due() == t0 + 3ms);
  CHECK(take_all_due(queue, t0 + 1s) == std::vector{5});
  CHECK(queue.next_due() == time_point::max());
}

TEST_CASE("a descriptor is due once, at the time it was last set to")
{
  due_queue queue;
  queue.set(3, t0 + 5ms);
  queue.set(4, t0 + 3ms);
  queue.set(3, t0 + 1ms);
  queue.set(4, t0 + 9ms);
  CHECK(take_all_due(queue, t0 + 5ms) == std::vector{3});
  CHECK(take_all_due(queue, t0 + 9ms) == std::vector{4});
}

TEST_CASE("erasing a descriptor takes it out of the queue, and does nothing when it is not in it")
{
  due_queue queue;
  queue.erase(7);
  queue.set(3, t0);
  queue.set(4, t0);
  queue.erase(3);
  queue.erase(3);
  CHECK(take_all_due(queue, t0) == std::vector{4});
}

TEST_CASE("overdue descriptors are returned in sweeps from the smallest to the largest")
{
  due_queue queue;
  queue.set(5, t0 + 3ms);
  queue.set(3, t0 + 2ms);
  queue.set(9, t0 + 1ms);
  CHECK(queue.take_due(t0 + 5ms)->descriptor == 3);
  queue.set(3, t0 + 1ms);
  queue.set(2, t0 + 1ms);
  queue.set(7, t0 + 5ms);
  CHECK(queue.next_due() <= t0 + 5ms);
  CHECK(take_all_due(queue, t0 + 5ms) == std::vector{5, 7, 9, 2, 3});
}

TEST_CASE("an overdue descriptor can still be erased, or set to another time")
{
  due_queue queue;
  for (const int descriptor : {3, 4, 5, 6})
    queue.set(descriptor, t0);
  CHECK(queue.take_due(t0)->descriptor == 3);
  queue.erase(4);
  queue.erase(5);
  queue.set(5, t0 + 2ms);
  queue.set(6, t0 + 1ms);
  CHECK(take_all_due(queue, t0).empty());
  CHECK(queue.next_due() == t0 + 1ms);
  CHECK(take_all_due(queue, t0 + 1ms) == std::vector{6});
  CHECK(take_all_due(queue, t0 + 2ms) == std::vector{5});
}

TEST_CASE("a saturated server serves all readers in turn, in the order of their descriptors")
{
  // A chunk takes 1 ms and there are 300 readers with pauses of 20 ms: so the server soon is more
  // than a second behind, and starts afresh again and again.
  const std::string text(1000, 'x');
  const script script = {.text = text, .pace = {1, 20ms}};
  constexpr int readers = 300;
  std::vector<recital> recitals(readers);
  due_queue queue;
  std::mt19937 random(1);
  for (int reader = 0; reader < readers; ++reader)
    queue.set(reader, t0 + std::chrono::microseconds(random() % 20000));

  auto now = t0 + 20ms;
  for (int round = 0; round < 20; ++round)
  {
    for (int expected = 0; expected < readers; ++expected, now += 1ms)
    {
      const auto entry = queue.take_due(now);
      REQUIRE(entry);
      REQUIRE(entry->descriptor == expected);
      recital& recital = recitals[static_cast<std::size_t>(expected)];
      const step step = recital.advance(script, 1, entry->due, now,
        [](std::string_view bytes) { return std::optional(bytes.size()); });
      queue.set(expected, step.due);
    }
  }
}

TEST_CASE("after random changes the queue still agrees with a sorted map")
{
  std::mt19937 random(1);
  due_queue queue;
  std::map<int, time_point> expected;
  time_point now = t0;
  for (int change = 0; change < 20000; ++change)
  {
    const int descriptor = static_cast<int>(random() % 200);
    if (random() % 3 == 0)
    {
      queue.erase(descriptor);
      expected.erase(descriptor);
    }
    else
    {
      const auto due = now + std::chrono::microseconds(random() % 10000);
      queue.set(descriptor, due);
      expected[descriptor] = due;
    }
    now += std::chrono::microseconds(random() % 100);
    for (auto takes = random() % 3; takes > 0; --takes)
    {
      const auto entry = queue.take_due(now);
      if (!entry)
      {
        REQUIRE(std::ranges::all_of(expected, [&](const auto& left) { return left.second > now; }));
        break;
      }
      const auto due = expected.find(entry->descriptor);
      REQUIRE(due != expected.end());
      REQUIRE(due->second == entry->due);
      REQUIRE(entry->due <= now);
      expected.erase(due);
    }
  }
}

} // namespace poetry::testing
