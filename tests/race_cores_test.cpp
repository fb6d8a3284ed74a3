#include "client/race/run/cores.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

TEST_CASE("two threads that compute get time of some cores, on any machine")
{
  CHECK(race::cores_here() >= 1);
  CHECK(race::effective_cores() > 0);
}

} // namespace poetry::testing
