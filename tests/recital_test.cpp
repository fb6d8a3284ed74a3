#include "server/recital.hpp"

#include <doctest/doctest.h>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

constexpr time_point start = time_point(1000s);

/// A system that takes everything at once, unless told otherwise, and remembers what.
struct kernel
{
  std::string taken_text;
  std::vector<std::size_t> sizes;
  std::size_t room = SIZE_MAX;
  bool connected = true;

  std::optional<std::size_t> take(std::string_view bytes)
  {
    const auto some = bytes.substr(0, room);
    room -= some.size();
    if (!some.empty())
      sizes.push_back(some.size());
    taken_text += some;
    return connected ? std::optional(some.size()) : std::nullopt;
  }
};

step advance(recital& recital, const script& script, time_point due, time_point now, kernel& kernel)
{
  return recital.advance(
    script, 1, due, now, [&](std::string_view bytes) { return kernel.take(bytes); });
}

/// Recites all of a script, each chunk `late` after it is due; returns the times things were due
/// at.
std::vector<duration> recite(const script& script, kernel& kernel, duration late = {})
{
  recital recital;
  std::vector<duration> due_times;
  time_point due = start;
  for (step step = {.next = step::kind::pause, .due = due}; step.next == step::kind::pause;)
  {
    due_times.push_back(step.due - start);
    step = advance(recital, script, step.due, step.due + late, kernel);
  }
  CHECK(recital.is_complete(script));
  return due_times;
}

} // namespace

TEST_CASE("a recital sends every byte once, in chunks, the last one may be shorter")
{
  kernel kernel;
  recite({.text = "a poem of 24 bytes, this", .pace = {10, 100ms}}, kernel);
  CHECK(kernel.taken_text == "a poem of 24 bytes, this");
  CHECK(kernel.sizes == std::vector<std::size_t>{10, 10, 4});
}

TEST_CASE("a recital sends its first chunk at once and pauses after every chunk, the last one too")
{
  kernel kernel;
  CHECK(recite({.text = "a poem of 24 bytes, this", .pace = {10, 100ms}}, kernel) ==
        std::vector<duration>{0ms, 100ms, 200ms, 300ms});
}

TEST_CASE("a poem that is a multiple of the chunk ends without an empty chunk")
{
  kernel kernel;
  CHECK(recite({.text = "twenty bytes of poem", .pace = {10, 1ms}}, kernel).back() == 2ms);
  CHECK(kernel.sizes == std::vector<std::size_t>{10, 10});
}

TEST_CASE("a server that is always late does not drift")
{
  const std::string poem(6000, 'x');
  kernel kernel;
  const script script = {.text = poem, .pace = {10, 1ms}};
  CHECK(recite(script, kernel, 700us).back() == recital_time(poem.size(), script.pace));
}

TEST_CASE("a server exactly one second late catches up, a nanosecond more and it starts afresh")
{
  const script script = {.text = "many chunks", .pace = {2, 100ms}};
  kernel kernel;
  recital recital;
  CHECK(advance(recital, script, start, start + 1s, kernel).due == start + 100ms);
  CHECK(advance(recital, script, start, start + 1s + 1ns, kernel).due == start + 1100ms + 1ns);
}

TEST_CASE("without pauses a reader that was just served is due after those that wait")
{
  const std::string text(3 * bytes_per_turn, 'x');
  const script script = {.text = text, .pace = {10, 0ms}};
  kernel kernel;
  recital recital;
  const step step = advance(recital, script, start, start + 5ms, kernel);
  CHECK(step.bytes == bytes_per_turn);
  CHECK(step.due == start + 5ms);
}

TEST_CASE("a chunk that had to wait for the reader is completed, and no burst follows it")
{
  const script script = {.text = "0123456789abcdefghij", .pace = {10, 100ms}};
  kernel kernel;
  kernel.room = 4;
  recital recital;
  step step = advance(recital, script, start, start, kernel);
  CHECK(step.next == step::kind::writable);
  CHECK(step.bytes == 4);

  kernel.room = 3;
  step = advance(recital, script, start + 10s, start + 10s, kernel);
  CHECK(step.next == step::kind::writable);
  CHECK(step.bytes == 3);

  kernel.room = 1000;
  const auto now = start + 20s;
  step = advance(recital, script, now, now, kernel);
  CHECK(step.next == step::kind::pause);
  CHECK(step.bytes == 3);
  CHECK(step.due == now + 100ms);
  CHECK(kernel.taken_text == "0123456789");

  SUBCASE("and the chunk after it keeps to the schedule again")
  {
    CHECK(advance(recital, script, step.due, step.due + 5ms, kernel).due == step.due + 100ms);
    CHECK(kernel.taken_text == script.text);
  }
}

TEST_CASE("a failed send means that the reader has disconnected, and reports why")
{
  kernel kernel;
  kernel.connected = false;
  recital recital;
  const step step = advance(recital, {.text = "poem", .pace = {}}, start, start, kernel);
  CHECK(step.next == step::kind::disconnected);
  CHECK(recital.bytes() == 0);
}

TEST_CASE("without a delay 64 KiB are sent at a time, and chunks still count in --num-bytes")
{
  const std::string poem(102400, 'x');
  const script script = {.text = poem, .pace = {10, 0ms}};
  kernel kernel;
  recital recital;
  advance(recital, script, start, start, kernel);
  CHECK(recital.chunks(script) == 6554);
  advance(recital, script, start, start, kernel);
  CHECK(kernel.sizes == std::vector<std::size_t>{65536, 36864});
  CHECK(recital.chunks(script) == 10240);
}

TEST_CASE("a recital of an empty poem is over at once")
{
  kernel kernel;
  recital recital;
  CHECK(advance(recital, {.text = "", .pace = {}}, start, start, kernel).next == step::kind::over);
  CHECK(kernel.sizes.empty());
}

TEST_CASE("jitter lengthens pauses by half of it on average, and at most by all of it")
{
  const script script = {.text = "x", .pace = {10, 100ms}, .jitter = 50ms, .seed = 7};
  duration sum = {};
  for (std::uint64_t chunk = 0; chunk < 10000; ++chunk)
  {
    const duration pause = pause_after(script, 1, chunk);
    REQUIRE(pause >= 100ms);
    REQUIRE(pause <= 150ms);
    sum += pause;
  }
  CHECK(sum / 10000 > 124ms);
  CHECK(sum / 10000 < 126ms);
}

TEST_CASE("the same seed makes the same pauses, another seed, reader or chunk makes others")
{
  const script script = {.text = "x", .pace = {10, 100ms}, .jitter = 50ms, .seed = 7};
  auto reseeded = script;
  reseeded.seed = 8;
  CHECK(pause_after(script, 1, 0) == pause_after(script, 1, 0));
  CHECK(pause_after(script, 1, 0) != pause_after(reseeded, 1, 0));
  CHECK(pause_after(script, 1, 0) != pause_after(script, 2, 0));
  CHECK(pause_after(script, 1, 0) != pause_after(script, 1, 1));
  // Two neighbours are not one sequence begun at different places.
  CHECK(pause_after(reseeded, 1, 5) != pause_after(script, 1, 6));
}

TEST_CASE("a recital with jitter pauses as long as its seed says")
{
  const script script = {.text = "0123456789", .pace = {5, 10ms}, .jitter = 10ms, .seed = 3};
  kernel kernel;
  const duration first = pause_after(script, 1, 0);
  CHECK(
    recite(script, kernel) == std::vector<duration>{0ms, first, first + pause_after(script, 1, 1)});
}

} // namespace poetry::testing
