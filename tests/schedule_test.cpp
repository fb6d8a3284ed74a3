#include "server/schedule.hpp"

#include <asio/post.hpp>
#include <doctest/doctest.h>
#include <vector>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

void run_to_end(asio::io_context& context)
{
  context.run_for(10s);
  if (!context.stopped())
    FAIL("still waiting after 10 s");
}

} // namespace

TEST_CASE("a schedule acts on each descriptor once, in the order in which they are due")
{
  asio::io_context context;
  std::vector<int> acts;
  schedule schedule(context, [&](int descriptor, time_point) { acts.push_back(descriptor); });
  const auto now = clock::now();
  schedule.set(3, now + 3ms);
  schedule.set(1, now + 1ms);
  schedule.set(2, now - 1ms);
  schedule.set(4, now + 2ms);
  schedule.erase(4);
  run_to_end(context);
  CHECK(acts == std::vector{2, 1, 3});
}

TEST_CASE("a schedule never acts early, and says what time was due")
{
  asio::io_context context;
  const auto due = clock::now() + 5ms;
  int acts = 0;
  schedule schedule(context, [&](int, time_point time) {
    ++acts;
    CHECK(time == due);
    CHECK(clock::now() >= due);
  });
  schedule.set(1, due);
  run_to_end(context);
  CHECK(acts == 1);
}

TEST_CASE("what a descriptor is due for next may be set while it is acted on")
{
  asio::io_context context;
  int acts = 0;
  schedule* itself = nullptr;
  schedule schedule(context, [&](int descriptor, time_point due) {
    if (++acts < 10)
      itself->set(descriptor, due + 100us);
  });
  itself = &schedule;
  schedule.set(1, clock::now());
  run_to_end(context);
  CHECK(acts == 10);
}

TEST_CASE("a crowd that is due at once gives others their turn")
{
  asio::io_context context;
  int acts = 0;
  schedule schedule(context, [&](int, time_point) { ++acts; });
  const auto now = clock::now();
  for (int descriptor = 0; descriptor < 1000; ++descriptor)
    schedule.set(descriptor, now);
  int acts_before_other = -1;
  asio::post(context, [&] { acts_before_other = acts; });
  run_to_end(context);
  CHECK(acts == 1000);
  CHECK(acts_before_other < 1000);
}

TEST_CASE("when the earliest is erased, the others still come")
{
  asio::io_context context;
  std::vector<int> acts;
  schedule schedule(context, [&](int descriptor, time_point) { acts.push_back(descriptor); });
  const auto now = clock::now();
  schedule.set(1, now + 1ms);
  schedule.set(2, now + 4ms);
  schedule.erase(1);
  run_to_end(context);
  CHECK(acts == std::vector{2});
}

} // namespace poetry::testing
