#include "client/race/plan/assertion.hpp"
#include "common/program.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <vector>

using namespace poetry;
using namespace poetry::race;

namespace {

bool holds(std::string_view text)
{
  const std::map<std::string, double> values = {{"async", 2}, {"blocking", 5}, {"async.cpu", 0.25},
    {"async@64.rss", 4096}, {"async@2.5ms", 7}, {"async@2.5ms.cpu", 8}, {"my-own_1", 9},
    {"blocking.tick_max", 0.5}};
  return may_hold(text, [&](const quantity& quantity) {
    const auto found = values.find(to_text(quantity));
    const double value = found == values.end() ? std::nan("") : found->second;
    return between{value, value};
  });
}

} // namespace

TEST_CASE("an assertion compares wall clocks")
{
  CHECK(holds("async < 0.6 * blocking"));
  CHECK_FALSE(holds("async < 0.3 * blocking"));
  CHECK(holds("blocking >= 5"));
  CHECK_FALSE(holds("blocking > 5"));
  CHECK(holds("blocking <= 5"));
}

TEST_CASE("products and quotients are read from left to right")
{
  CHECK(holds("0.5 * 8 / 4 / 2 == 0.5"));
  CHECK(holds("blocking / async == 2.5"));
  CHECK(holds("0.9 * blocking / async < 1.2 * async"));
}

TEST_CASE("equal means within two percent, for nothing measured is ever exactly equal")
{
  CHECK(holds("async == 2.03"));
  CHECK_FALSE(holds("async == 2.06"));
}

TEST_CASE("comparisons follow one another as in mathematics")
{
  CHECK(holds("1 < async < blocking < 6"));
  CHECK_FALSE(holds("1 < async < 1.5 < blocking"));
}

TEST_CASE("metrics and the points of a sweep have names, and numbers units")
{
  CHECK(holds("async.cpu < 251ms"));
  CHECK(holds("async@64.rss == 4k"));
  CHECK(holds("async@2.5ms == 7"));
  CHECK(holds("async@2.5ms.cpu == 8"));
  CHECK(holds("my-own_1 == 9"));
  CHECK(holds("blocking.tick_max > 0.4s"));
}

TEST_CASE("blanks between its words may be of any kind")
{
  CHECK(holds("async\t<\n blocking"));
}

TEST_CASE("nothing holds of what was not measured")
{
  CHECK_FALSE(holds("eager < 5"));
  CHECK_FALSE(holds("eager >= 5"));
  CHECK_FALSE(holds("eager == eager"));
}

TEST_CASE("of numbers that are only known to lie between two, a comparison may hold or cannot")
{
  const auto holds_from = [](std::string_view text, const std::vector<double>& least) {
    return may_hold(text, [&](const quantity& quantity) {
      return quantity.contender == "async" ? between{least[0], 2.0} : between{least[1], 5.0};
    });
  };
  CHECK(holds_from("async < 0.3 * blocking", {1.4, 5}));
  CHECK_FALSE(holds_from("async < 0.3 * blocking", {1.6, 5}));
  CHECK_FALSE(holds_from("async < 0.3 * blocking", {2, 4}));
  CHECK(holds_from("async == 0.5 * blocking", {2, 4}));
  CHECK_FALSE(holds_from("async == 0.5 * blocking", {1, 4.5}));
  CHECK(holds_from("10 / async > blocking", {1.9, 5}));
  CHECK_FALSE(holds_from("10 / async > 1.1 * blocking", {1.9, 5}));
  CHECK_FALSE(holds_from("1 < async < 1.5 < blocking", {1.6, 5}));
  CHECK_FALSE(holds_from("async < 3 < blocking < 4", {1.6, std::nan("")}));
}

TEST_CASE("what an assertion is about is told, each quantity once")
{
  const auto quantities = quantities_of("blocking.cpu < 2 * async@8 * blocking.cpu");
  REQUIRE(quantities.size() == 2);
  CHECK(to_text(quantities[0]) == "blocking.cpu");
  CHECK(to_text(quantities[1]) == "async@8");
}

TEST_CASE("text that is no assertion is refused")
{
  for (const char* text :
    {"", "async", "async <", "< async", "async < 0.6 *", "async << 1", "async = 1", "async < 1 1",
      "async < (1)", "async < 1 + 2", "async < 1 - 2", "async.", "async. < 1", "async.rss@64 < 1",
      "async.speed < 1", "async@ < 1", "async < 3 parsecs", "async < 1h",
      "async < 0.6 * blocking; rm", "async < -", "async < 1e5", "async < .", "async / 0 < 1"})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(quantities_of(text), usage_error);
  }
}
