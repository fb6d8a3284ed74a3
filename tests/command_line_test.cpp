#include "common/command_line.hpp"

#include "common/program.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace poetry::testing {
namespace {

class a_program : public command_line
{
public:
  a_program() : command_line("program", "Does.", "THING...", "Examples:\n  program x")
  {
    auto option = add();
    option("delay", "a pause", cxxopts::value<std::string>()->default_value("100ms"), "DUR");
    option("size", "a size", cxxopts::value<std::string>()->default_value("10"), "N");
    option("log", "how", cxxopts::value<std::string>()->default_value("text"), "KIND");
    option("file", "files", cxxopts::value<std::vector<std::string>>(), "FILE");
    option("q,quiet", "say less");
  }

  template <class... Words>
  bool parse_words(Words... words)
  {
    const std::array<const char*, sizeof...(words) + 1> all = {"program", words...};
    return parse(static_cast<int>(all.size()), all.data());
  }
};

TEST_CASE("options left out have their defaults")
{
  a_program line;
  CHECK(line.parse_words("one", "two"));
  CHECK(line.time("delay", {0s, 1s}) == 100ms);
  CHECK_FALSE(line.given("delay"));
  CHECK_FALSE(line.flag("quiet"));
  CHECK(line.texts("file").empty());
  CHECK(line.operands() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a file name may hold a comma, and an operand may follow an option")
{
  a_program line;
  CHECK(line.parse_words("--file", "a,b", "--file", "c", "-q", "d,e"));
  CHECK(line.texts("file") == std::vector<std::string>{"a,b", "c"});
  CHECK(line.operands() == std::vector<std::string>{"d,e"});
}

TEST_CASE("a value out of range is refused with its option's name and range")
{
  a_program line;
  CHECK(line.parse_words("--delay", "2s", "--size", "0", "--log", "loud"));
  CHECK_THROWS_WITH(line.time("delay", {0s, 1s}), "--delay 2s: it must be from 0ms to 1s");
  CHECK_THROWS_WITH(line.size("size", {1, 2048}), "--size 0: it must be from 1 to 2k");
  CHECK_THROWS_WITH(line.choice("log", {"text", "json"}), "--log loud: it must be text, json");
}

TEST_CASE("a value that cannot be read is refused with its option's name")
{
  a_program line;
  CHECK(line.parse_words("--delay", "-1"));
  CHECK_THROWS_WITH(line.time("delay", {0s, 1s}), "--delay: '-1' is not a duration; write one such "
                                                  "as 100ms, 1.5s or 2 (seconds), from 0ms to 1s");
}

TEST_CASE("an option that does not exist, or lacks its value, makes no sense")
{
  CHECK_THROWS_AS(a_program().parse_words("--nope"), usage_error);
  CHECK_THROWS_AS(a_program().parse_words("--delay"), usage_error);
}

} // namespace
} // namespace poetry::testing
