#include "common/duration.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace poetry::testing {
namespace {

TEST_CASE("a duration is in milliseconds, seconds, or seconds without a unit")
{
  CHECK(parse_duration("100ms") == 100ms);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("2") == 2s);
  CHECK(parse_duration("0") == 0s);
  CHECK(parse_duration("0.25ms") == 250us);
}

TEST_CASE("an invalid duration is refused")
{
  for (const char* text : {"", "soon", "-1", "-1ms", "1m", "1 s", "s", "1e3", "nan", "inf", "1s2",
         "99999999999s", "0x10"})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), usage_error);
  }
}

TEST_CASE("a duration is printed as it is parsed")
{
  for (const char* text : {"100ms", "1.5s", "0ms", "30s", "0.25ms", "999ms", "1s", "31536000s",
         "86400.5s", "0.000001ms", "1841818.184447445s"})
    CHECK(to_text(parse_duration(text)) == text);
}

} // namespace
TEST_CASE("a time of day is written in UTC, to the microsecond")
{
  using system_time = std::chrono::system_clock::time_point;
  CHECK(to_text(system_time()) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_text(system_time(1'709'210'096'000'007us + 999ns)) == "2024-02-29T12:34:56.000007Z");
}

} // namespace poetry::testing
