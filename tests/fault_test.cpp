#include "server/fault.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

TEST_CASE("a fault is named by its kind, and may say after how many bytes")
{
  CHECK(parse_fault("none").what == fault::kind::none);
  CHECK(parse_fault("refuse").what == fault::kind::refuse);
  CHECK(parse_fault("stall").what == fault::kind::stall);
  CHECK_FALSE(parse_fault("stall").after);
  CHECK(parse_fault("reset@1k").what == fault::kind::reset);
  CHECK(parse_fault("reset@1k").after == 1024);
  CHECK(parse_fault("truncate@0").after == 0);
}

TEST_CASE("an invalid fault is refused")
{
  for (const char* text : {"", "explode", "stall@", "stall@x", "@5", "refuse@5", "none@5", "Stall"})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_fault(text), usage_error);
  }
}

TEST_CASE("a fault comes half way by default, and never after the end")
{
  CHECK(bytes_before({}, 100) == 100);
  CHECK(bytes_before({.what = fault::kind::refuse}, 100) == 100);
  CHECK(bytes_before({.what = fault::kind::stall}, 101) == 50);
  CHECK(bytes_before({.what = fault::kind::stall, .after = 30}, 100) == 30);
  CHECK(bytes_before({.what = fault::kind::reset, .after = 300}, 100) == 100);
}

} // namespace poetry::testing
