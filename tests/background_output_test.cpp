#include "common/background_output.hpp"

#include <doctest/doctest.h>
#include <latch>
#include <memory>
#include <string>
#include <vector>

namespace poetry::testing {

TEST_CASE("a background output writes every line in order before it is destroyed")
{
  std::vector<std::string> written;
  std::vector<std::string> lines;
  {
    background_output output([&](std::string_view line) { written.emplace_back(line); }, 1 << 20);
    for (int i = 0; i < 1000; ++i)
    {
      lines.push_back("line " + std::to_string(i));
      CHECK(output.add(lines.back()));
    }
  }
  CHECK(written == lines);
}

TEST_CASE("while the writer blocks, lines beyond the limit are dropped, and the destructor returns")
{
  // Shared, for the thread outlives the output.
  const auto begun = std::make_shared<std::latch>(1);
  const auto released = std::make_shared<std::latch>(1);
  {
    background_output output(
      [=](std::string_view line) {
        if (line == "first")
          begun->count_down(), released->wait();
      },
      1000);
    CHECK(output.add("first"));
    begun->wait(); // and is stuck
    CHECK(output.add(std::string(488, 'x')));
    CHECK(output.has_room());
    CHECK(output.add(std::string(512, 'x')));
    CHECK_FALSE(output.has_room());
    CHECK_FALSE(output.add("x"));
  }
  released->count_down();
}

TEST_CASE("lines that a background output has accepted are written as soon as possible")
{
  std::latch begun(1);
  std::latch released(1);
  std::string text;
  {
    background_output output(
      [&](std::string_view line) {
        if (line == "first")
          begun.count_down(), released.wait();
        text += line;
      },
      6);
    CHECK(output.add("first"));
    begun.wait();
    CHECK(output.add("second"));
    CHECK_FALSE(output.add("third"));
    released.count_down();
  }
  CHECK(text == "firstsecond");
}

} // namespace poetry::testing
