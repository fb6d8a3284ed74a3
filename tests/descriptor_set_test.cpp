#include "common/descriptor_set.hpp"

#include <array>
#include <doctest/doctest.h>
#include <unistd.h>
#include <vector>

namespace poetry::testing {
namespace {

struct pipe_ends
{
  pipe_ends() { REQUIRE(::pipe(ends.data()) == 0); }
  ~pipe_ends()
  {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void fill() const { REQUIRE(::write(ends[1], "x", 1) == 1); }

  std::array<int, 2> ends = {};
};

TEST_CASE("a descriptor is reported once for each time something happens to it")
{
  asio::io_context context;
  std::vector<std::uint64_t> seen;
  descriptor_set set(context, [&](std::uint64_t key, std::uint32_t) { seen.push_back(key); });
  pipe_ends first;
  pipe_ends second;
  REQUIRE_FALSE(set.add(first.ends[0], 1, EPOLLIN));
  REQUIRE_FALSE(set.add(second.ends[0], 2, EPOLLIN));

  first.fill();
  context.poll();
  CHECK(seen == std::vector<std::uint64_t>{1});
  context.poll();
  CHECK(seen == std::vector<std::uint64_t>{1});
  first.fill();
  second.fill();
  context.poll();
  CHECK(seen.size() == 3);
}

TEST_CASE("a change reports again what has happened already")
{
  asio::io_context context;
  int reports = 0;
  descriptor_set set(context, [&](std::uint64_t, std::uint32_t) { ++reports; });
  pipe_ends pipe;
  REQUIRE_FALSE(set.add(pipe.ends[0], 1, EPOLLIN));
  pipe.fill();
  context.poll();
  set.change(pipe.ends[0], 1, EPOLLIN);
  context.poll();
  CHECK(reports == 2);
}

TEST_CASE("what is removed while others are reported is not reported any more")
{
  asio::io_context context;
  int reports = 0;
  descriptor_set* self = nullptr;
  descriptor_set set(context, [&](std::uint64_t key, std::uint32_t) {
    ++reports;
    self->remove(key == 1 ? 2 : 1);
  });
  self = &set;
  pipe_ends first;
  pipe_ends second;
  REQUIRE_FALSE(set.add(first.ends[0], 1, EPOLLIN));
  REQUIRE_FALSE(set.add(second.ends[0], 2, EPOLLIN));
  first.fill();
  second.fill();
  context.poll();
  CHECK(reports == 1);
}

TEST_CASE("the loop runs as long as the set holds a descriptor")
{
  asio::io_context context;
  descriptor_set* self = nullptr;
  descriptor_set set(context, [&](std::uint64_t key, std::uint32_t) { self->remove(key); });
  self = &set;
  pipe_ends pipe;
  REQUIRE_FALSE(set.add(pipe.ends[0], 1, EPOLLIN));
  context.poll();
  CHECK_FALSE(context.stopped());
  pipe.fill();
  context.poll();
  CHECK(context.stopped());
}

TEST_CASE("a descriptor that cannot be watched is an error")
{
  asio::io_context context;
  descriptor_set set(context, [](std::uint64_t, std::uint32_t) {});
  CHECK(set.add(-1, 1, EPOLLIN) == std::errc::bad_file_descriptor);
}

TEST_CASE("waited for by hand, the set posts what happened, and keeps no loop running")
{
  asio::io_context context;
  std::vector<std::uint64_t> seen;
  descriptor_set set(
    context, [&](std::uint64_t key, std::uint32_t) { seen.push_back(key); },
    descriptor_set::waiting::by_hand);
  pipe_ends pipe;
  REQUIRE_FALSE(set.add(pipe.ends[0], 7, EPOLLIN));
  const auto poll = [&] {
    context.restart();
    return context.poll();
  };

  set.wait_until(time_point::min());
  CHECK(poll() == 0);
  pipe.fill();
  set.wait_until(time_point::max());
  CHECK(seen.empty());
  CHECK(poll() == 1);
  CHECK(seen == std::vector<std::uint64_t>{7});

  pipe.fill();
  set.wait_until(time_point::max());
  set.remove(7);
  poll();
  CHECK(seen.size() == 1);
}

} // namespace
} // namespace poetry::testing
