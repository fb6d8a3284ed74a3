#include "server/totals.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

totals some_totals()
{
  totals result;
  result.readers = 5;
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
  CHECK(to_text(some_totals()) ==
        "Served 5 readers: 2 whole, 1 dropped, 2 still connected, 1,234 bytes in 56 chunks; "
        "lateness p50 2.000 ms, p99 2.000 ms, max 2.000 ms.");
}

TEST_CASE("totals as JSON hold every count, zero or not")
{
  const auto json = nlohmann::json::parse(to_json(some_totals()));
  CHECK(json["readers"] == 5);
  CHECK(json["whole"] == 2);
  CHECK(json["left"] == 0);
  CHECK(json["refused"] == 0);
  CHECK(json["still_connected"] == 2);
  CHECK(json["lateness"]["max_s"] == doctest::Approx(0.002));
}

} // namespace poetry::testing
