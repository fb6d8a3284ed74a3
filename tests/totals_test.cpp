#include "server/log.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

totals some_totals()
{
  totals result;
  result.readers = 5;
  result.peak_readers = 4;
  result.still_connected = 2;
  result.of(ending::whole) = 2;
  result.of(ending::dropped) = 1;
  result.bytes = 1234;
  result.chunks = 56;
  result.lateness.add(2ms);
  return result;
}

} // namespace

TEST_CASE("totals tell how connections ended, how many are still open, and how late chunks were")
{
  CHECK(
    to_text(some_totals()) ==
    "Served 5 readers, at most 4 at once: 2 whole, 1 dropped, 2 still connected, 1,234 bytes in "
    "56 chunks; lateness p50 2.000 ms, p99 2.000 ms, max 2.000 ms.");
}

TEST_CASE("totals as JSON hold every count, zero or not")
{
  const auto json = nlohmann::json::parse(to_json(some_totals()));
  CHECK(json["readers"] == 5);
  CHECK(json["peak_readers"] == 4);
  CHECK(json["whole"] == 2);
  CHECK(json["left"] == 0);
  CHECK(json["refused"] == 0);
  CHECK(json["still_connected"] == 2);
  CHECK(json["lateness"]["max_s"] == doctest::Approx(0.002));
}

TEST_CASE("an empty histogram reports no lateness")
{
  const lateness late;
  CHECK(late.count() == 0);
  CHECK(late.quantile(0.99) == 0s);
  CHECK(late.max() == 0s);
}

TEST_CASE("quantiles are right to 1/32, and never above the maximum, which is exact")
{
  lateness late;
  for (int i = 1; i <= 1000; ++i)
    late.add(i * 1ms);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0})
  {
    CAPTURE(share);
    const double expected = share;
    CHECK(seconds(late.quantile(share)) >= expected * 0.999);
    CHECK(seconds(late.quantile(share)) <= expected * (1 + 1.0 / 32) + 1e-6);
  }
  CHECK(late.max() == 1000ms);
  CHECK(late.quantile(1) == 1000ms);
}

TEST_CASE("a value may be zero, negative, or as long as the clock can hold")
{
  lateness late;
  late.add(-5ms);
  late.add(0ns);
  late.add(63ns);
  CHECK(late.quantile(0.5) == 0ns);
  CHECK(late.quantile(1) == 63ns);
  late.add(64ns);
  CHECK(late.quantile(1) == 64ns);
  late.add(duration::max());
  CHECK(late.quantile(1) == duration::max());
  CHECK(late.count() == 5);
}

} // namespace poetry::testing
