#include "client/figure/drawing/choice.hpp"
#include "client/figure/drawing/lanes.hpp"
#include "client/figure/drawing/words.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "tests/figure_traces.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <stdexcept>

// What is asserted here is read off the pictures themselves: the rectangles of the SVG.

namespace poetry::testing {

using namespace figure;

namespace {

struct shape
{
  std::string kind;
  std::string task;
  int column;
  double x, y, width, height;
  double start, end;
};

std::string attribute(std::string_view tag, const std::string& name)
{
  const auto open = " " + name + "=\"";
  const auto at = tag.find(open);
  if (at == tag.npos)
    return "";
  const auto from = at + open.size();
  return std::string(tag.substr(from, tag.find('"', from) - from));
}

/// The rectangles that stand for something, with the column (from 0) they were drawn in.
std::vector<shape> shapes_of(const std::string& svg)
{
  std::vector<shape> shapes;
  int column = -1;
  for (auto at = svg.find('<'); at != svg.npos; at = svg.find('<', at + 1))
  {
    const auto text = std::string_view(svg).substr(at, svg.find('>', at) - at);
    if (!text.starts_with("<rect ") && !text.starts_with("<g "))
      continue;
    if (text.find("data-column") != text.npos)
      ++column;
    const auto kind = attribute(text, "data-kind");
    if (kind.empty() || kind == "tick")
      continue;
    const auto value = [&](const char* name) { return std::stod(attribute(text, name)); };
    shapes.push_back({kind, attribute(text, "data-task"), column, value("x"), value("y"),
      value("width"), value("height"), value("data-start-us"), value("data-end-us")});
  }
  return shapes;
}

std::vector<shape> only(const std::vector<shape>& shapes, const std::string& kind, int column = -1)
{
  std::vector<shape> chosen;
  std::ranges::copy_if(shapes, std::back_inserter(chosen), [&](const shape& shape) {
    return shape.kind == kind && (column < 0 || shape.column == column);
  });
  return chosen;
}

double height_of(const std::vector<shape>& shapes)
{
  double sum = 0;
  for (const auto& shape : shapes)
    sum += shape.height;
  return sum;
}

double pixels_of(const recording& run, microseconds extent)
{
  return run.wall / extent * chart_height;
}

bool overlap(const shape& a, const shape& b)
{
  return a.y < b.y + b.height - 1e-5 && b.y < a.y + a.height - 1e-5;
}

void check_no_overlap(std::vector<shape> shapes)
{
  std::ranges::sort(shapes, {}, &shape::y);
  for (std::size_t i = 1; i < shapes.size(); ++i)
    CHECK_FALSE(overlap(shapes[i - 1], shapes[i]));
}

recording blocking_run()
{
  return parse_recording(trace_of("blocking", one_after_another()), "blocking.json");
}

recording async_run()
{
  return parse_recording(trace_of("async", interleaved()), "async.json");
}

recording threads_run()
{
  return parse_recording(trace_of("threads", in_threads()), "threads.json");
}

/// Enough slices to be thinned: 10,000 of 30 us every 100 us by 40 tasks.
recording crowded_run(const std::string& model, bool in_turn)
{
  std::vector<worked> work;
  for (int i = 0; i < 10000; ++i)
    work.push_back({1, (in_turn ? i / 250 : i % 40) + 1, i * 100.0, 30, 1});
  return parse_recording(trace_of(model, work), "crowded.json");
}

std::string file_of(figure_kind kind, const recording& run, scale scale)
{
  return to_file(draw_figure(kind, run, scale));
}

} // namespace

TEST_CASE("figure 1: bars do not overlap and sum to the wall")
{
  const auto run = blocking_run();
  for (const auto scale : {scale::time, scale::order})
  {
    const auto bars = only(shapes_of(file_of(figure_kind::synchronous, run, scale)), "task");
    CHECK(bars.size() == 3);
    check_no_overlap(bars);
    CHECK(height_of(bars) == doctest::Approx(chart_height).epsilon(0.01));
  }
}

TEST_CASE("figure 2: a thread for each column, and every two overlap")
{
  const auto shapes = shapes_of(file_of(figure_kind::threaded, threads_run(), scale::time));
  const auto bars = only(shapes, "task");
  REQUIRE(bars.size() == 3);
  for (std::size_t i = 0; i < bars.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
    {
      CHECK(overlap(bars[i], bars[j]));
      CHECK(bars[i].column != bars[j].column);
      CHECK(std::abs(bars[i].x - bars[j].x) >= bars[j].width);
    }
}

TEST_CASE("figure 2: columns stand in the order of their tasks, each under its full name")
{
  auto work = in_threads();
  for (auto& piece : work)
    piece.thread = 4 - piece.task;
  const auto svg =
    file_of(figure_kind::threaded, parse_recording(trace_of("processes", work), "p"), scale::time);
  const auto bars = only(shapes_of(svg), "task");
  REQUIRE(bars.size() == 3);
  for (std::size_t i = 0; i < bars.size(); ++i)
  {
    CHECK(bars[i].task == std::to_string(bars[i].column + 1));
    CHECK(svg.find("data-column=\"process " + std::to_string(i + 1)) != svg.npos);
  }
}

TEST_CASE("work too short for its column is seen beside it, of few tasks and of many")
{
  for (const int tasks : {3, 40})
  {
    std::vector<worked> work;
    for (int i = 0; i < 200; ++i)
      work.push_back({i % 2 + 1, i % tasks + 1, i * 10e3, 5, 10});
    const auto svg = file_of(
      figure_kind::threaded, parse_recording(trace_of("mixed", work), "mixed.json"), scale::time);
    CHECK(svg.find("class=\"mark s3\"") != svg.npos);
    for (auto& piece : work)
      piece.thread = 1;
    CHECK(file_of(figure_kind::asynchronous, parse_recording(trace_of("async", work), "async.json"),
            scale::time)
            .find("class=\"mark s3\"") != svg.npos);
  }
}

TEST_CASE("figure 3: one thread, no two slices overlap")
{
  for (const auto scale : {scale::time, scale::order})
  {
    const auto slices =
      only(shapes_of(file_of(figure_kind::asynchronous, async_run(), scale)), "slice");
    CHECK(slices.size() >= 24);
    check_no_overlap(slices);
    CHECK(std::ranges::all_of(slices, [&](const shape& slice) { return slice.x == slices[0].x; }));
  }
}

TEST_CASE("only what is interleaved is called so, and stands beside a blocking run")
{
  std::vector<worked> work;
  for (int task = 1; task <= 3; ++task)
    work.push_back({1, task, task * 10.0, 5, 5});
  for (int task = 1; task <= 3; ++task)
    work.push_back({1, task, task * 100.0, 5, 5});
  CHECK(is_interleaved(parse_recording(trace_of("async", work), "async.json")));

  // Begun together and read one by one, as eager does.
  auto eager = parse_recording(trace_of("eager", one_after_another()), "eager.json");
  for (auto& task : eager.tasks)
    task.start = 0;
  REQUIRE(suits(figure_kind::asynchronous, eager));
  const auto svg = file_of(figure_kind::asynchronous, eager, scale::order);
  CHECK(svg.find("interleaved") == svg.npos);
  CHECK(svg.find("tasks begun together, read one by one") != svg.npos);
  CHECK_FALSE(comparison_of({eager, blocking_run()}));
  CHECK(comparison_of({eager, blocking_run(), async_run()})->asynchronous->model == "async");
  CHECK_FALSE(is_interleaved(blocking_run()));
  CHECK_FALSE(is_interleaved(threads_run()));
}

TEST_CASE("figure 4: grey and colour are the wall, the printed share is the drawn one")
{
  for (const auto& run : {blocking_run(), crowded_run("blocking", true)})
  {
    const auto svg = file_of(figure_kind::waiting, run, scale::time);
    const auto shapes = shapes_of(svg);
    const auto grey = height_of(only(shapes, "wait"));
    const auto colour = height_of(only(shapes, "slice"));
    CHECK(grey + colour == doctest::Approx(chart_height).epsilon(0.01));
    const auto printed = share_text(grey / (grey + colour));
    CHECK(svg.find("waiting " + printed) != svg.npos);
    CHECK(svg.find(">waits ") != svg.npos);
    check_no_overlap(shapes);
  }
}

TEST_CASE("3 beside 4: as much colour, less grey, on one axis")
{
  for (const auto& [left, right] : {std::pair(async_run(), blocking_run()),
         std::pair(crowded_run("async", false), blocking_run())})
  {
    const auto shapes = shapes_of(to_file(draw_beside(left, right)));
    const auto extent = std::max(left.wall, right.wall);
    for (const int column : {0, 1})
    {
      const auto& run = column == 0 ? left : right;
      const auto colour = height_of(only(shapes, "slice", column));
      CHECK(colour == doctest::Approx(time_in_slices(run) / extent * chart_height).epsilon(0.001));
      CHECK(colour + height_of(only(shapes, "wait", column)) ==
            doctest::Approx(pixels_of(run, extent)).epsilon(0.01));
    }
  }
  const auto shapes = shapes_of(to_file(draw_beside(async_run(), blocking_run())));
  CHECK(height_of(only(shapes, "slice", 0)) ==
        doctest::Approx(height_of(only(shapes, "slice", 1))).epsilon(0.02));
  CHECK(height_of(only(shapes, "wait", 0)) < height_of(only(shapes, "wait", 1)));
}

TEST_CASE("3 beside 4 speaks of the same work only where work was asked for")
{
  auto async = async_run();
  auto blocking = blocking_run();
  auto svg = to_file(draw_beside(async, blocking));
  CHECK(svg.find("less waiting") != svg.npos);
  CHECK(svg.find("the same work") == svg.npos);
  CHECK(svg.find("works ") == svg.npos);
  async.work = blocking.work = 600e3;
  svg = to_file(draw_beside(async, blocking));
  CHECK(svg.find("the same work, less waiting") != svg.npos);
  CHECK(svg.find("blocking: works 840.0 ms, waits 2.16 s.") != svg.npos);
  CHECK(svg.find("the same bytes") == svg.npos);
}

TEST_CASE("lanes share one time axis")
{
  const auto blocking = blocking_run();
  const auto async = async_run();
  const auto rows = only(shapes_of(to_file(draw_lanes({&blocking, &async}))), "task");
  REQUIRE(rows.size() == 6);
  const double pixel = rows[0].width / (rows[0].end - rows[0].start);
  for (const auto& row : rows)
  {
    CHECK(row.width == doctest::Approx((row.end - row.start) * pixel).epsilon(0.001));
    CHECK(row.x == doctest::Approx(rows[0].x + row.start * pixel).epsilon(0.001));
  }
}

TEST_CASE("two runs of one model have names of their own")
{
  const auto run = async_run();
  const auto svg = to_file(draw_lanes({&run, &run}));
  CHECK(svg.find(">async</text>") != svg.npos);
  CHECK(svg.find(">async (2)</text>") != svg.npos);
}

TEST_CASE("ticks on time stay low, and of too many the latest are drawn")
{
  const auto heights_of = [](const std::string& svg) {
    std::vector<double> heights;
    for (auto at = svg.find("data-kind=\"tick\""); at != svg.npos;
         at = svg.find("data-kind=\"tick\"", at + 1))
      heights.push_back(
        std::stod(attribute(std::string_view(svg).substr(svg.rfind('<', at)), "height")));
    return heights;
  };
  auto run = async_run();
  const auto on_time = heights_of(to_file(draw_lanes({&run})));
  REQUIRE(on_time.size() == 1);
  CHECK(on_time[0] < 5);

  run.ticks.clear();
  for (int i = 0; i < 3000; ++i)
    run.ticks.push_back({i * 300.0, i == 1001 ? 50e3 : 100});
  const auto svg = to_file(draw_lanes({&run}));
  const auto heights = heights_of(svg);
  CHECK(heights.size() == 500);
  CHECK(std::ranges::count_if(heights, [](double height) { return height > 15; }) == 1);
  CHECK(svg.find("worst 50.0 ms") != svg.npos);
  CHECK(svg.find("red from 10 ms") != svg.npos);
}

TEST_CASE("a crowded run is thinned, keeps its lengths, and the picture says so")
{
  const auto run = crowded_run("async", false);
  const auto svg = file_of(figure_kind::asynchronous, run, scale::time);
  const auto slices = only(shapes_of(svg), "slice");
  CHECK(slices.size() < 8000);
  CHECK(height_of(slices) ==
        doctest::Approx(time_in_slices(run) / run.wall * chart_height).epsilon(0.001));
  CHECK(svg.find("Thinned:") != svg.npos);
  // Work that fills the thread is seen as colour, not as a blend of many with the grey.
  CHECK(height_of(slices) / static_cast<double>(slices.size()) > 0.4);
  const auto lanes = to_file(draw_lanes({&run}));
  CHECK(lanes.find("thinned: 16 of 40 tasks") != lanes.npos);
}

TEST_CASE("a picture names its scale, its run, and what it shows, for every reader")
{
  const std::vector<recording> runs{blocking_run(), async_run(), threads_run()};
  for (const auto* which : {"1", "2", "3", "4", "beside", "lanes"})
  {
    CAPTURE(which);
    const auto drawings = draw_figures(which, std::nullopt, runs);
    REQUIRE(drawings.size() == 1);
    const auto svg = to_file(drawings[0]);
    for (const auto* part :
      {"role=\"img\"", "<title id=", "<desc id=", "prefers-color-scheme: dark", "Scale: ", "wall ",
        "CPU ", "waiting ", "get-poetry-", "Recorded on a test, 2026-01-01", "task"})
    {
      CAPTURE(part);
      CHECK(svg.find(part) != svg.npos);
    }
  }
  CHECK(draw_figures("all", std::nullopt, runs).size() == 6);
}

TEST_CASE("a figure that no run suits is refused")
{
  const std::vector<recording> runs{async_run()};
  CHECK_THROWS_WITH_AS(draw_figures("2", std::nullopt, runs),
    "figure 2 needs a run of several threads; given: async", std::runtime_error);
  CHECK_THROWS_AS(draw_figures("1", std::nullopt, runs), std::runtime_error);
  CHECK_THROWS_AS(draw_figures("beside", std::nullopt, runs), std::runtime_error);
  CHECK(draw_figures("all", std::nullopt, runs).size() == 2);
}

TEST_CASE("foreign text is escaped")
{
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(escaped(std::string_view("\0\x1b\x7f", 3)) == "\xe2\x90\x80\xe2\x90\x9b\xe2\x90\xa1");
  CHECK(escaped("caf\xc3\xa9 \xff \xc3") == "caf\xc3\xa9 \xef\xbf\xbd \xef\xbf\xbd");
  CHECK(escaped("\xe2\x80\xae\xc2\x9b\xed\xa0\x80") ==
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  auto run = async_run();
  run.command = "get-poetry </svg><script>";
  run.tasks[0].server = "\"><script>";
  CHECK(file_of(figure_kind::asynchronous, run, scale::time).find("<script") == std::string::npos);
}

TEST_CASE("a share says 100 % only of the whole")
{
  CHECK(share_text(0) == "0 %");
  CHECK(share_text(0.8731) == "87.3 %");
  CHECK(share_text(0.99981) == "99.98 %");
  CHECK(share_text(0.999981) == "99.998 %");
  CHECK(share_text(0.9999999) == "99.999 %");
  CHECK(share_text(1) == "100 %");
}

} // namespace poetry::testing
