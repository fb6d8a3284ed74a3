#include "common/pace.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace poetry::testing {
namespace {

TEST_CASE("the reference experiment: 3003, 623 and 653 bytes take 10.1, 6.3 and 6.6 seconds")
{
  CHECK(recital_time(3003, {.num_bytes = 30, .delay = 100ms}) == 10100ms);
  CHECK(recital_time(623, {.num_bytes = 10, .delay = 100ms}) == 6300ms);
  CHECK(recital_time(653, {.num_bytes = 10, .delay = 100ms}) == 6600ms);
}

TEST_CASE("the last chunk may be short, and an empty poem has no chunks")
{
  CHECK(chunk_count(0, {.num_bytes = 10}) == 0);
  CHECK(chunk_count(1, {.num_bytes = 10}) == 1);
  CHECK(chunk_count(10, {.num_bytes = 10}) == 1);
  CHECK(chunk_count(11, {.num_bytes = 10}) == 2);
  CHECK(chunk_count(~std::uint64_t{0}, {.num_bytes = 2}) == (std::uint64_t{1} << 63));
}

} // namespace
} // namespace poetry::testing
