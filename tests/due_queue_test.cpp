#include "server/due_queue.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>
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

TEST_CASE("a queue hands out what is due, first things first, and nothing before its time")
{
  due_queue queue;
  queue.set(5, t0 + 3ms);
  queue.set(3, t0 + 1ms);
  queue.set(9, t0 + 2ms);
  CHECK(take_all_due(queue, t0).empty());
  CHECK(take_all_due(queue, t0 + 2ms) == std::vector{3, 9});
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

TEST_CASE("after any number of changes the queue still agrees with a sorted map")
{
  std::mt19937 random(1);
  due_queue queue;
  std::map<int, time_point> expected;
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
      const auto due = t0 + std::chrono::milliseconds(random() % 1000);
      queue.set(descriptor, due);
      expected[descriptor] = due;
    }
    const time_point now = t0 + std::chrono::milliseconds(random() % 100);
    for (auto entry = queue.take_due(now); entry; entry = queue.take_due(now))
    {
      const auto due = expected.find(entry->descriptor);
      REQUIRE(due != expected.end());
      REQUIRE(due->second == entry->due);
      expected.erase(due);
    }
    REQUIRE(std::ranges::all_of(expected, [&](const auto& left) { return left.second > now; }));
  }
}

} // namespace poetry::testing
