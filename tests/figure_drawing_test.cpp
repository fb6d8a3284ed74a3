#include "client/figure/drawing/figures.hpp"
#include "client/figure/drawing/words.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "tests/figure_traces.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <doctest/doctest.h>
#include <stdexcept>

// The facts are read from the shapes in the SVG.

namespace poetry::testing {

using namespace figure;

namespace {

struct shape
{
  std::string kind;
  std::string task;
  int column;
  double x, y, width, height;
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

/// The boxes and upright strokes of a path's data.
std::vector<shape> shapes_of_path(const std::string& data)
{
  std::vector<shape> shapes;
  for (auto at = data.find('M'); at != data.npos; at = data.find('M', at + 1))
  {
    shape shape{};
    if (std::sscanf(
          &data[at], "M%lf %lfh%lfv%lf", &shape.x, &shape.y, &shape.width, &shape.height) != 4)
      REQUIRE(std::sscanf(&data[at], "M%lf %lfv-%lf", &shape.x, &shape.y, &shape.height) == 3);
    shapes.push_back(shape);
  }
  return shapes;
}

/// The shapes that stand for something of the run, and the column (from 0) in which they are drawn.
std::vector<shape> shapes_of(const std::string& svg)
{
  std::vector<shape> shapes;
  int column = -1;
  for (auto at = svg.find('<'); at != svg.npos; at = svg.find('<', at + 1))
  {
    const auto text = std::string_view(svg).substr(at, svg.find('>', at) - at);
    if (text.find("data-column") != text.npos)
      ++column;
    const auto css = attribute(text, "class");
    const auto kind = css.substr(0, css.find(' '));
    if (kind != "task" && kind != "slice" && kind != "ground" && kind != "tick")
      continue;
    const auto value = [&](const char* name) { return std::stod(attribute(text, name)); };
    std::vector<shape> found;
    if (text.starts_with("<path "))
      found = shapes_of_path(attribute(text, "d"));
    else
      found.push_back({"", "", 0, value("x"), value("y"), value("width"), value("height")});
    for (auto& shape : found)
    {
      shape.kind = kind;
      shape.task = css.back();
      shape.column = column;
      shapes.push_back(shape);
    }
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
  return a.y < b.y + b.height - 0.01 && b.y < a.y + a.height - 0.01;
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

/// Slices far shorter than a pixel: 10,000 of 30 us every 100 us by 40 tasks.
recording crowded_run(const std::string& model, bool in_turn)
{
  std::vector<worked> work;
  for (int i = 0; i < 10000; ++i)
    work.push_back({1, (in_turn ? i / 250 : i % 40) + 1, i * 100.0, 30, 1});
  return parse_recording(trace_of(model, work), "crowded.json");
}

std::string file_of(const std::string& figure, const recording& run, scale scale = scale::time)
{
  return to_file(draw_figures({figure, scale}, {run}));
}

template <class... Recordings>
std::string beside(const Recordings&... runs)
{
  return to_file(draw_figures({"beside"}, {runs...}));
}

} // namespace

TEST_CASE("figure 1: bars do not overlap and sum to the wall")
{
  const auto bars = only(shapes_of(file_of("1", blocking_run())), "task");
  CHECK(bars.size() == 3);
  check_no_overlap(bars);
  CHECK(height_of(bars) == doctest::Approx(chart_height).epsilon(0.01));
}

TEST_CASE("figure 2: a thread for each column, and every two overlap")
{
  const auto shapes = shapes_of(file_of("2", threads_run()));
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
  const auto svg = file_of("2", parse_recording(trace_of("processes", work), "p"));
  const auto bars = only(shapes_of(svg), "task");
  REQUIRE(bars.size() == 3);
  for (std::size_t i = 0; i < bars.size(); ++i)
  {
    CHECK(bars[i].task == std::to_string(bars[i].column + 1));
    CHECK(svg.find("data-column=\"process " + std::to_string(i + 1)) != svg.npos);
  }
}

TEST_CASE("work too short for its column is marked beside it, of few tasks and of many")
{
  for (const int tasks : {3, 40})
  {
    std::vector<worked> work;
    for (int i = 0; i < 200; ++i)
      work.push_back({i % 2 + 1, i % tasks + 1, i * 10e3, 5, 10});
    const auto svg = file_of("2", parse_recording(trace_of("mixed", work), "mixed.json"));
    CHECK(svg.find("class=\"mark t3\"") != svg.npos);
    for (auto& piece : work)
      piece.thread = 1;
    CHECK(file_of("3", parse_recording(trace_of("async", work), "async.json"))
            .find("class=\"mark t3\"") != svg.npos);
  }
}

TEST_CASE("figure 3: one thread, no two slices overlap")
{
  for (const auto scale : {scale::time, scale::order})
  {
    const auto slices = only(shapes_of(file_of("3", async_run(), scale)), "slice");
    CHECK(slices.size() >= 24);
    check_no_overlap(slices);
    CHECK(std::ranges::all_of(slices, [&](const shape& slice) { return slice.x == slices[0].x; }));
  }
}

TEST_CASE("only an interleaved run is called so and compared with a blocking one")
{
  std::vector<worked> work;
  for (int task = 1; task <= 3; ++task)
    work.push_back({1, task, task * 10.0, 5, 5});
  for (int task = 1; task <= 3; ++task)
    work.push_back({1, task, task * 100.0, 5, 5});
  CHECK(is_interleaved(parse_recording(trace_of("async", work), "async.json")));

  // Started together and read one by one, as eager does.
  auto eager = parse_recording(trace_of("eager", one_after_another()), "eager.json");
  for (auto& task : eager.tasks)
    task.start = 0;
  const auto svg = file_of("3", eager, scale::order);
  CHECK(svg.find("interleaved") == svg.npos);
  CHECK(svg.find("tasks started together, read one by one") != svg.npos);
  CHECK_THROWS_AS(draw_figures({"beside"}, {eager, blocking_run()}), std::runtime_error);
  CHECK(beside(eager, async_run(), blocking_run()).find("data-column=\"async\"") != svg.npos);
  CHECK_FALSE(is_interleaved(blocking_run()));
  CHECK_FALSE(is_interleaved(threads_run()));
}

TEST_CASE("figure 4: grey and colour are the wall, the printed share is the drawn one")
{
  for (const auto& run : {blocking_run(), crowded_run("blocking", true)})
  {
    const auto svg = file_of("4", run);
    const auto shapes = shapes_of(svg);
    const auto ground = height_of(only(shapes, "ground"));
    const auto colour = height_of(only(shapes, "slice"));
    CHECK(ground == doctest::Approx(chart_height));
    CHECK(svg.find("waiting " + share_text(1 - colour / ground)) != svg.npos);
    CHECK(svg.find(">waits ") != svg.npos);
    check_no_overlap(only(shapes, "slice"));
  }
}

TEST_CASE("3 beside 4: as much colour, less grey, on one axis")
{
  for (const auto& [left, right] : {std::pair(async_run(), blocking_run()),
         std::pair(crowded_run("async", false), blocking_run())})
  {
    const auto shapes = shapes_of(beside(left, right));
    const auto extent = std::max(left.wall, right.wall);
    for (const int column : {0, 1})
    {
      const auto& run = column == 0 ? left : right;
      const auto colour = height_of(only(shapes, "slice", column));
      CHECK(colour == doctest::Approx(time_in_slices(run) / extent * chart_height).epsilon(0.001));
      CHECK(height_of(only(shapes, "ground", column)) == doctest::Approx(pixels_of(run, extent)));
    }
  }
  const auto shapes = shapes_of(beside(async_run(), blocking_run()));
  CHECK(height_of(only(shapes, "slice", 0)) ==
        doctest::Approx(height_of(only(shapes, "slice", 1))).epsilon(0.02));
  CHECK(height_of(only(shapes, "ground", 0)) < height_of(only(shapes, "ground", 1)));
}

TEST_CASE("3 beside 4 speaks of the same work only when there was --work")
{
  auto async = async_run();
  auto blocking = blocking_run();
  auto svg = beside(async, blocking);
  CHECK(svg.find("less waiting") != svg.npos);
  CHECK(svg.find("the same work") == svg.npos);
  CHECK(svg.find("works ") == svg.npos);
  async.work = blocking.work = 600e3;
  svg = beside(async, blocking);
  CHECK(svg.find("the same work, less waiting") != svg.npos);
  CHECK(svg.find("blocking: works 0.840 s, waits 2.160 s.") != svg.npos);
  CHECK(svg.find("the same bytes") == svg.npos);
}

TEST_CASE("lanes share one time axis")
{
  const auto blocking = blocking_run();
  const auto async = async_run();
  const auto rows = only(shapes_of(to_file({draw_lanes({blocking, async})})), "task");
  REQUIRE(rows.size() == 6);
  const double pixel = rows[0].width / 1e6; // the first task of blocking takes a second
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    const auto& task = (i < 3 ? blocking : async).tasks[i % 3];
    CHECK(rows[i].width == doctest::Approx((*task.end - *task.start) * pixel).epsilon(0.001));
    CHECK(rows[i].x == doctest::Approx(rows[0].x + *task.start * pixel).epsilon(0.001));
  }
}

TEST_CASE("two runs of one model have names of their own")
{
  const auto run = async_run();
  const auto svg = to_file({draw_lanes({run, run})});
  CHECK(svg.find(">async</text>") != svg.npos);
  CHECK(svg.find(">async (2)</text>") != svg.npos);
}

TEST_CASE("ticks on time stay low, and of too many the latest are drawn")
{
  auto run = async_run();
  const auto on_time = only(shapes_of(to_file({draw_lanes({run})})), "tick");
  REQUIRE(on_time.size() == 1);
  CHECK(on_time[0].height < 5);

  run.ticks.clear();
  for (int i = 0; i < 3000; ++i)
    run.ticks.push_back({i * 300.0, i == 1001 ? 50e3 : 100});
  const auto svg = to_file({draw_lanes({run})});
  const auto ticks = only(shapes_of(svg), "tick");
  CHECK(ticks.size() < 600);
  CHECK(std::ranges::count_if(ticks, [](const shape& tick) { return tick.height > 15; }) == 1);
  CHECK(svg.find("worst 50.0 ms") != svg.npos);
  CHECK(svg.find("red from 10 ms") != svg.npos);
}

TEST_CASE("slices within a pixel are merged, and keep their lengths")
{
  const auto run = crowded_run("async", false);
  const auto slices = only(shapes_of(file_of("3", run)), "slice");
  CHECK(slices.size() <= 8 * chart_height);
  CHECK(height_of(slices) ==
        doctest::Approx(time_in_slices(run) / run.wall * chart_height).epsilon(0.001));
  const auto svg = to_file({draw_lanes({run})});
  CHECK(only(shapes_of(svg), "slice").size() < 6000);
  CHECK(svg.find("16 of 40 tasks are shown") != svg.npos);
}

TEST_CASE("a slice longer than a pixel keeps its place among shorter ones")
{
  std::vector<worked> work;
  for (int i = 0; i < 53; ++i)
    work.push_back({1, i == 52 ? 2 : 1, i * 100.0, i == 52 ? 90e3 : 30, 1});
  const auto run = parse_recording(trace_of("async", work), "run.json");
  const auto shapes = shapes_of(file_of("3", run));
  const auto longest = std::ranges::max(only(shapes, "slice"), {}, &shape::height);
  CHECK(longest.y - only(shapes, "ground")[0].y ==
        doctest::Approx(5200 / extent_of(run) * chart_height).epsilon(0.001));
}

TEST_CASE("moving lanes take the time of the run, and are whole where nothing may move")
{
  const auto run = async_run();
  const auto still = to_file({draw_lanes({run})});
  const auto moving = to_file({draw_lanes({run}, true)});
  CHECK(still.find("animation") == still.npos);
  CHECK(only(shapes_of(moving), "slice").size() == only(shapes_of(still), "slice").size());
  CHECK(moving.find(".curtain { visibility: hidden; }") != moving.npos);
  const auto condition = moving.find("@media screen and (prefers-reduced-motion: no-preference) {");
  REQUIRE(condition != moving.npos);
  CHECK(moving.find("animation:") > condition);
  // 1.24 s would be over too soon to be seen: it takes 2 s, then stays for a while.
  CHECK(moving.find("uncover 5s linear -3s infinite") != moving.npos);
  CHECK(moving.find("40% { transform: translateX(880px); }") != moving.npos);
  const auto blocking = blocking_run();
  CHECK(to_file({draw_lanes({run, blocking}, true)}).find("uncover 6s") != std::string::npos);
}

TEST_CASE("a run without slices has its lanes")
{
  auto run = async_run();
  run.slices.clear();
  run.threads = 0;
  CHECK(only(shapes_of(to_file({draw_lanes({run})})), "task").size() == 3);
}

TEST_CASE("a picture tells its scale, its run, and what it shows")
{
  const std::vector<recording> runs{blocking_run(), async_run(), threads_run()};
  for (const auto* which : {"1", "2", "3", "4", "beside", "lanes"})
  {
    CAPTURE(which);
    const auto drawings = draw_figures({which, scale::time}, runs);
    REQUIRE(drawings.size() == 1);
    const auto svg = to_file(drawings);
    for (const auto* part :
      {"role=\"img\"", "<title id=", "<desc id=", "prefers-color-scheme: dark", "Scale: ", "wall ",
        "CPU ", "waiting ", "get-poetry-", "Recorded on a test, 2026-01-01", "task"})
    {
      CAPTURE(part);
      CHECK(svg.find(part) != svg.npos);
    }
  }
  CHECK(draw_figures({"all"}, runs).size() == 7);
}

TEST_CASE("a figure that no run suits is refused")
{
  const std::vector<recording> runs{async_run()};
  CHECK_THROWS_WITH_AS(draw_figures({"2"}, runs),
    "figure 2 needs a run of several threads; given: async", std::runtime_error);
  CHECK_THROWS_AS(draw_figures({"1"}, runs), std::runtime_error);
  CHECK_THROWS_AS(draw_figures({"beside"}, runs), std::runtime_error);
  CHECK(draw_figures({"all"}, runs).size() == 3);
}

TEST_CASE("text from outside is escaped")
{
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(escaped(std::string_view("\0\x1b\x7f", 3)) == "\xe2\x90\x80\xe2\x90\x9b\xe2\x90\xa1");
  CHECK(escaped("caf\xc3\xa9 \xff \xc3") == "caf\xc3\xa9 \xef\xbf\xbd \xef\xbf\xbd");
  CHECK(escaped("\xe2\x80\xae\xc2\x9b\xed\xa0\x80") ==
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  auto run = async_run();
  run.command = "get-poetry </svg><script>";
  run.tasks[0].server = "\"><script>";
  CHECK(file_of("3", run).find("<script") == std::string::npos);
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
