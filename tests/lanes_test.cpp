#include "client/report/lanes.hpp"

#include "client/run/run.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <optional>

using namespace std::chrono_literals;

namespace poetry::testing {
namespace {

/// A run whose records are written by hand, at times counted from its start.
class hand_written_run
{
public:
  explicit hand_written_run(std::size_t servers, std::optional<duration> tick = {})
    : run_(options(servers, tick), interruption_)
  {
    run_.begin();
    lanes_.emplace(run_);
  }

  download& record(std::size_t index) { return run_.downloads()[index]; }
  void start(std::size_t index, duration at)
  {
    record(index).start = run_.began() + at;
    record(index).status = download_status::reading;
  }
  void end(std::size_t index, duration at)
  {
    record(index).end = run_.began() + at;
    record(index).status = download_status::complete;
  }
  void look(duration at) { lanes_->look(run_.began() + at); }
  std::vector<std::string> draw(std::size_t columns, std::size_t rows) const
  {
    return lanes_->draw({.columns = columns, .rows = rows, .colour = false, .ascii = true});
  }

private:
  static client_options options(std::size_t servers, std::optional<duration> tick)
  {
    client_options options{.model = tick ? "coroutines" : "model"};
    if (tick > duration{})
      options.tick = tick;
    for (std::size_t i = 0; i < servers; ++i)
      options.servers.push_back({"127.0.0.1", static_cast<std::uint16_t>(10000 + i)});
    return options;
  }

  interruption interruption_;
  run run_;
  std::optional<lanes> lanes_;
};

TEST_CASE("a lane shows when bytes came, when they were waited for, and nothing before its start")
{
  hand_written_run run(2);
  run.start(0, 0s);
  for (int frame = 0; frame < 10; ++frame)
  {
    run.record(0).bytes += frame < 5 ? 1 : 0;
    run.look(frame * 100ms);
  }
  const auto lines = run.draw(80, 24);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].find("1 127.0.0.1:10000 #") != std::string::npos);
  CHECK(lines[1].find("#....") != std::string::npos);
  CHECK(lines[1].find("5 reading") != std::string::npos);
  CHECK(lines[2].find_first_of("#.", lines[2].find("10001") + 5) == std::string::npos);
  CHECK(lines[2].find("waiting") != std::string::npos);
}

TEST_CASE("a lane is darker the more often bytes came, so that waiting stays visible")
{
  hand_written_run run(4);
  for (const std::size_t i : {0u, 1u, 2u})
    run.start(i, 0s);
  for (int look = 0; look < 200; ++look)
  {
    run.record(0).bytes += look % 10 == 0 ? 1 : 0;
    run.record(1).bytes += look % 2 != 0 ? 1 : 0;
    run.record(2).bytes += 1;
    run.look(look * 10ms);
  }
  const auto lines = run.draw(80, 24);
  const auto bar_of = [&](std::size_t index) { return lines[index + 1].substr(20, 38); };
  CHECK(bar_of(0).find_first_not_of(".: ") == std::string::npos);
  CHECK(std::ranges::count(bar_of(0), ':') > 5);
  CHECK(std::ranges::count(bar_of(1), '+') > 20);
  CHECK(std::ranges::count(bar_of(2), '#') > 30);
}

TEST_CASE("the headline says how far waits overlap")
{
  hand_written_run run(2);
  run.start(0, 0s);
  run.start(1, 0s);
  run.look(1s);
  CHECK(run.draw(80, 24)[0] == "get-poetry-model  1.0 s  overlap 2.00x");
  run.end(0, 1s);
  run.end(1, 2s);
  run.look(5s);
  CHECK(run.draw(80, 24)[0] == "get-poetry-model  2.0 s  overlap 1.50x");
}

TEST_CASE("the headline fits 80 columns even when the tick is very late")
{
  hand_written_run run(1, 100ms);
  run.start(0, 0s);
  const auto late_at = [&](duration at) {
    run.look(at);
    return run.draw(200, 24)[0];
  };
  CHECK(late_at(105ms).find("tick late 5.0 ms, worst 5.0 ms") != std::string::npos);
  CHECK(late_at(623ms).find("tick late 0.523 s, worst 0.523 s") != std::string::npos);
  CHECK(late_at(23100ms).find("tick late 23.000 s, worst 23.000 s") != std::string::npos);
  for (const duration at : {199ms, 1099ms, 10099ms, 99099ms})
    CHECK(late_at(at).size() <= 80);
}

TEST_CASE("a picture fits a terminal of any size")
{
  for (const std::size_t servers : {1u, 3u, 300u})
  {
    hand_written_run run(servers);
    run.start(0, 0s);
    run.look(1s);
    for (const std::size_t columns : {1, 20, 40, 80, 200})
    {
      for (const std::size_t rows : {2, 4, 24, 50})
      {
        CAPTURE(servers);
        CAPTURE(columns);
        CAPTURE(rows);
        const auto lines = run.draw(columns, rows);
        CHECK(lines.size() <= rows);
        CHECK(std::ranges::all_of(lines, [&](const auto& line) { return line.size() <= columns; }));
      }
    }
  }
}

TEST_CASE("more downloads than rows are counted by state, and the slowest shown")
{
  hand_written_run run(300);
  for (std::size_t i = 0; i < 300; ++i)
  {
    run.start(i, 0s);
    run.record(i).bytes = 1000 - i;
    if (i % 2 == 0)
      run.end(i, 1s);
  }
  run.look(2s);
  const auto lines = run.draw(80, 10);
  REQUIRE(lines.size() == 10);
  CHECK(lines[1].find("150 reading 150 done") != std::string::npos);
  CHECK(lines[2].find("300 127.0.0.1:10299") != std::string::npos);
}

TEST_CASE("a long run fits into the same bar as a short one")
{
  hand_written_run run(1);
  run.start(0, 0s);
  for (int second = 0; second < 10'000; second += 10)
  {
    ++run.record(0).bytes;
    run.look(second * 1s);
  }
  const auto lane = run.draw(80, 24)[1];
  CHECK(std::ranges::count(lane, '#') > 40);
}

} // namespace
} // namespace poetry::testing
