#include "server/lateness.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

using namespace std::chrono_literals;

TEST_CASE("without anything counted, nothing was late")
{
  const lateness late;
  CHECK(late.count() == 0);
  CHECK(late.quantile(0.99) == 0s);
  CHECK(late.max() == 0s);
}

TEST_CASE("quantiles are right to a 32nd, and never above the worst, which is exact")
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

TEST_CASE("a value may be as small as nothing, early, or as long as the clock can hold")
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
