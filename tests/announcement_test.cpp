#include "server/fault.hpp"
#include "server/poem.hpp"
#include "server/recital.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

using namespace std::chrono_literals;

TEST_CASE("an announcement says what, where, and how long it takes")
{
  const poem poem = {"poems/low-tide.txt", std::string(3003, 'x')};
  script script = {.text = poem.text, .pace = {10, 100ms}};
  CHECK(announcement(poem, "127.0.0.1:10000", script, {}) ==
        "Serving poems/low-tide.txt on 127.0.0.1:10000 (3003 bytes, 10 every 100 ms, 30.1 s).");

  script.pace.delay = 0ms;
  CHECK(announcement({"a", poem.text}, "[::1]:1", script, {}) ==
        "Serving a on [::1]:1 (3003 bytes, as fast as it goes).");

  script.jitter = 5ms;
  script.seed = 4;
  CHECK(announcement({"a", poem.text}, "[::1]:1", script, {}) ==
        "Serving a on [::1]:1 (3003 bytes, 10 every 0 ms to 5 ms, seed 4, about 0.8 s).");
}

TEST_CASE("an announcement names the fault and the poem's real size")
{
  const poem poem = {"a", std::string(623, 'x')};
  const script script = {.text = std::string_view(poem.text).substr(0, 10), .pace = {10, 100ms}};
  CHECK(announcement(poem, "h:1", script, {fault::kind::reset, 10}) ==
        "Serving a on h:1 (623 bytes, 10 every 100 ms, 6.3 s; resets after 10 bytes).");
  CHECK(announcement(poem, "h:1", script, {fault::kind::refuse}) ==
        "Serving a on h:1 (623 bytes, 10 every 100 ms, 6.3 s; refuses all connections).");
}

TEST_CASE("an announcement is one line even if the file name has line breaks")
{
  const poem poem = {"a\n\x1b[31m", "x"};
  const script script = {.text = poem.text, .pace = {10, 0ms}};
  CHECK(announcement(poem, "h:1", script, {}) ==
        "Serving a??[31m on h:1 (1 bytes, as fast as it goes).");
}

} // namespace poetry::testing
