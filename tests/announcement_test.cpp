#include "server/announcement.hpp"

#include <doctest/doctest.h>

namespace poetry::testing {

using namespace std::chrono_literals;

TEST_CASE("an announcement says what, where, and how long it takes")
{
  const std::string text(3003, 'x');
  script script = {.text = text, .pace = {10, 100ms}};
  CHECK(announcement("poems/low-tide.txt", "127.0.0.1:10000", script) ==
        "Serving poems/low-tide.txt on 127.0.0.1:10000 (3003 bytes, 10 every 100 ms, 30.1 s).");

  script.pace.delay = 0ms;
  CHECK(announcement("a", "[::1]:1", script) ==
        "Serving a on [::1]:1 (3003 bytes, as fast as it goes).");

  script.jitter = 5ms;
  script.seed = 4;
  CHECK(announcement("a", "[::1]:1", script) ==
        "Serving a on [::1]:1 (3003 bytes, 10 every 0 ms to 5 ms, seed 4, about 0.8 s).");
}

} // namespace poetry::testing
