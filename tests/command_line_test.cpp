#include "common/command_line.hpp"

#include "common/program.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace poetry::testing {
namespace {

struct a_program : command_line
{
  a_program() : command_line("program", "Does.", "THING...", "Examples:\n  program x")
  {
    add({"delay", "a pause", "DUR"}, delay, {0s, 1s});
    add_size({"size", "a size", "N"}, size, {1, 2048});
    add({"log", "how", "KIND"}, log, {"text", "json"});
    add({"file", "files", "FILE"}, files);
    add({"fault", "a fault", "KIND"}, "none", [](const std::string& text) {
      if (text != "stall")
        throw usage_error("'" + text + "' is no fault");
    });
    add({"q,quiet", "say less"}, quiet);
  }

  template <class... Words>
  bool parse_words(Words... words)
  {
    const std::array<const char*, sizeof...(words) + 1> all = {"program", words...};
    return parse(static_cast<int>(all.size()), all.data());
  }

  duration delay = 100ms;
  std::uint64_t size = 10;
  std::string log = "text";
  std::vector<std::string> files;
  bool quiet = false;
};

TEST_CASE("options that are not given have their defaults")
{
  a_program line;
  CHECK(line.parse_words("one", "two"));
  CHECK(line.delay == 100ms);
  CHECK_FALSE(line.quiet);
  CHECK(line.files.empty());
  CHECK(line.operands() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("options that are given set their variables")
{
  a_program line;
  CHECK(line.parse_words("--delay", "1s", "--size=2k", "--log", "json", "-q", "--fault", "stall"));
  CHECK(line.delay == 1s);
  CHECK(line.size == 2048);
  CHECK(line.log == "json");
  CHECK(line.quiet);
}

TEST_CASE("a file name may hold a comma, and an operand may follow an option")
{
  a_program line;
  CHECK(line.parse_words("--file", "a,b", "--file", "c", "-q", "d,e"));
  CHECK(line.files == std::vector<std::string>{"a,b", "c"});
  CHECK(line.operands() == std::vector<std::string>{"d,e"});
}

TEST_CASE("a value out of range is refused with its option's name and range")
{
  CHECK_THROWS_WITH(
    a_program().parse_words("--delay", "2s"), "--delay: '2s' must be from 0ms to 1s");
  CHECK_THROWS_WITH(a_program().parse_words("--size", "0"), "--size: '0' must be from 1 to 2k");
  CHECK_THROWS_WITH(
    a_program().parse_words("--log", "loud"), "--log: 'loud' must be one of text, json");
}

TEST_CASE("a value that cannot be read is refused with its option's name")
{
  CHECK_THROWS_WITH(a_program().parse_words("--delay", "-1"),
    "--delay: '-1' is not a duration; write one such as 100ms, 1.5s or 2 (seconds), from 0ms to "
    "1s");
  CHECK_THROWS_WITH(
    a_program().parse_words("--fault", "typhoon"), "--fault: 'typhoon' is no fault");
  CHECK_THROWS_WITH(
    a_program().parse_words("--file", ""), "--file: its value is empty; write a name");
}

TEST_CASE("an unknown option, or one without its value, is refused")
{
  CHECK_THROWS_AS(a_program().parse_words("--nope"), usage_error);
  CHECK_THROWS_AS(a_program().parse_words("--delay"), usage_error);
}

} // namespace
} // namespace poetry::testing
