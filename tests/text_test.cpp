#include "common/text.hpp"

#include "common/program.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

TEST_CASE("sizes are bytes, k or M")
{
  CHECK(parse_size("30") == 30);
  CHECK(parse_size("64k") == 65536);
  CHECK(parse_size("1M") == 1048576);
  CHECK(parse_count("18446744073709551615") == 18446744073709551615u);
}

TEST_CASE("an invalid number is refused")
{
  for (const char* text : {"", "-5", "+5", "1e9", "1.5", "k", "1kk", "1K", "18446744073709551616",
         "18446744073709551615M", " 1", "1 "})
  {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_size(text), usage_error);
    CHECK_THROWS_AS(parse_count(text), usage_error);
  }
}

TEST_CASE("a character of valid UTF-8 has its length, anything else has length zero")
{
  for (const char* text : {"a", "\u00fc", "\u2026", "\U0001f570", "\xf4\x8f\xbf\xbf"})
  {
    CAPTURE(text);
    CHECK(utf8_length(text) == std::string_view(text).size());
  }
  for (const char* text : {"", "\x80", "\x9b", "\xff", "\xc0\x80", "\xc1\xbf", "\xe0\x82\x9b",
         "\xed\xa0\x80", "\xf0\x80\x82\x9b", "\xf4\x90\x80\x80", "\xe2\x80", "\xe2z\xa6"})
  {
    CAPTURE(text);
    CHECK(utf8_length(text) == 0);
  }
}

TEST_CASE("a shell reads a command as it was written")
{
  CHECK(shell_text({"poetry-race", "--delay", "10ms"}) == "poetry-race --delay 10ms");
  CHECK(shell_text({"a b", "", "it's", "$HOME"}) == R"('a b' '' 'it'\''s' '$HOME')");
}

TEST_CASE("control characters are replaced in ASCII, in UTF-8, and as single bytes")
{
  const auto replaced = [](const char* text) {
    return replace_controls(text, [](char) { return "?"; });
  };
  CHECK(replaced("\x1b[2J") == "?[2J");
  CHECK(replaced("\x7f") == "?");
  CHECK(replaced("\x9b") == "?");
  CHECK(replaced("\u009b") == "?");
  CHECK(replaced("\x80z") == "?z");
  for (const char* text : {"", "a", "\u00a0", "\u00db", "\u06db", "\xfc", "\xa0", "\xe2\x9b\xb5"})
  {
    CAPTURE(text);
    CHECK(replaced(text) == text);
  }
}

} // namespace poetry::testing
