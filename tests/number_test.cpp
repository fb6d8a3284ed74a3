#include "common/number.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {
namespace {

TEST_CASE("sizes are bytes, k or M")
{
  CHECK(parse_size("30") == 30);
  CHECK(parse_size("64k") == 65536);
  CHECK(parse_size("1M") == 1048576);
  CHECK(parse_count("18446744073709551615") == 18446744073709551615u);
}

TEST_CASE("what is not a number is refused")
{
  for (const char* text : {"", "-5", "+5", "1e9", "1.5", "k", "1kk", "1K", "18446744073709551616",
         "18446744073709551615M", " 1", "1 "})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_size(text), usage_error);
    CHECK_THROWS_AS(parse_count(text), usage_error);
  }
}

} // namespace
} // namespace poetry::testing
