#include "client/figure/recording/trace_reader.hpp"

#include "common/text.hpp"
#include "tests/figure_traces.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace poetry::testing {

using figure::parse_recording;
using nlohmann::json;

namespace {

/// The error message for a trace, or nothing when it was read.
std::string complaint(const std::string& trace)
{
  try
  {
    parse_recording(trace, "run.json");
    return "";
  }
  catch (const std::runtime_error& error)
  {
    return error.what();
  }
}

/// A good trace must be refused after `damage`, with a message that contains `expected`.
template <class Damage>
void check_refused(const std::string& expected, Damage damage)
{
  auto trace = json::parse(trace_of("async", interleaved(), {"a poem"}));
  damage(trace);
  const auto text = complaint(trace.dump());
  CAPTURE(expected);
  CAPTURE(text);
  CHECK(text.find(expected) != text.npos);
}

} // namespace

TEST_CASE("a trace is read as it was recorded")
{
  const std::string bytes("caf\xc3\xa9 \0 \xff", 8);
  const auto run = parse_recording(trace_of("async", interleaved(), {bytes}), "run.json");
  CHECK(run.model == "async");
  CHECK(run.tasks.size() == 3);
  CHECK(run.tasks[0].poem == bytes);
  CHECK(run.tasks[2].server == "127.0.0.1:10002");
  CHECK(run.slices.size() == 33);
  CHECK(run.slices[1].start == doctest::Approx(20e3));
  CHECK(run.ticks.at(0).late == doctest::Approx(123));
  CHECK(run.cpu == doctest::Approx(625e3));
  CHECK(run.wall == doctest::Approx(1240e3));
}

TEST_CASE("a trace cut off anywhere is one clear line")
{
  const auto trace = trace_of("blocking", one_after_another(), {"one", "two", "three"});
  for (std::size_t i = 0; i < 400; ++i)
  {
    const auto length = i * (trace.size() - 1) / 400;
    CAPTURE(length);
    const auto text = complaint(trace.substr(0, length));
    CHECK(text.starts_with("run.json: not a recorded run: "));
    CHECK(text.find('\n') == text.npos);
  }
  CHECK(complaint(trace.substr(0, trace.size() - 1)) != "");
  CHECK(complaint(trace) == "");
}

TEST_CASE("a trace with a changed byte is read, or refused in one line")
{
  const auto trace = trace_of("blocking", one_after_another(), {"one"});
  for (std::size_t at = 0; at < trace.size(); at += 41)
    for (const char byte : {'\0', '"', '9', '-', '{', '\xff'})
    {
      auto damaged = trace;
      damaged[at] = byte;
      CHECK(complaint(damaged).find('\n') == std::string::npos);
    }
}

TEST_CASE("JSON of another kind is refused")
{
  for (const auto* text : {"", " ", "null", "[]", "{}", "3", "\"poem\"", "{\"traceEvents\":[]}",
         "{\"traceEvents\":{},\"otherData\":{}}", "{\"traceEvents\":[1]}",
         "{\"traceEvents\":[[]],\"otherData\":{\"result\":{}}}",
         "{\"traceEvents\":[],\"otherData\":{\"result\":{\"schema\":\"other\"}}}",
         "{\"traceEvents\":[],\"otherData\":{\"result\":{\"schema\":\"slowpoetry.run/1\","
         "\"model\":\"async\",\"wall_s\":1e999}}}",
         "{\"traceEvents\":[],\"otherData\":{\"result\":{\"schema\":\"slowpoetry.run/1\","
         "\"model\":\"async\",\"wall_s\":1}}}"})
  {
    CAPTURE(text);
    CHECK(complaint(text).starts_with("run.json: not a recorded run: "));
  }
  CHECK(complaint(std::string(1000000, '[')) != "");
  std::string deep = "{\"otherData\":";
  for (int i = 0; i < 100000; ++i)
    deep += "{\"a\":";
  CHECK(complaint(deep) != "");
}

TEST_CASE("impossible values are refused by name")
{
  const auto change = [](const char* key, const json& value) {
    return [key, value](json& trace) { trace["traceEvents"][0][key] = value; };
  };
  const auto change_task = [](const json& value) {
    return [value](json& trace) { trace["traceEvents"][0]["args"]["task"] = value; };
  };
  check_refused("'ts' is not a number from 0 to", change("ts", -1));
  check_refused("'ts' is not a number from 0 to", change("ts", "soon"));
  check_refused("'dur' is not a number from 0 to", change("dur", 1e300));
  check_refused("'task' is not a whole number from 0 to", change("args", 3));
  check_refused("'task' is not a whole number from 0 to", change_task(1.5));
  check_refused("'task' is not a whole number from 0 to", change_task(1e18));
  check_refused("its result knows no task 77", change_task(77));
  check_refused("slices overlap in thread 1", change("dur", 50e3));
  check_refused("'task' is not a whole number from 0 to",
    [](json& trace) { trace["otherData"]["result"]["tasks"] = json::array({1}); });
  check_refused("it has no 'traceEvents'", [](json& trace) { trace.erase("traceEvents"); });
  check_refused("'wall_s' is not a number from 0 to 31622400",
    [](json& trace) { trace["otherData"]["result"]["wall_s"] = 1e12; });
  check_refused("a text that is not base64",
    [](json& trace) { trace["otherData"]["poems"][0]["base64"] = "a"; });
  const auto change_third = [](const char* key, const json& value) {
    return [key, value](json& trace) { trace["otherData"]["result"]["tasks"][2][key] = value; };
  };
  check_refused("task 3 works but never begins", change_third("start_s", nullptr));
  check_refused("task 3 does not end after it began", change_third("end_s", nullptr));
  check_refused("task 3 does not end after it began", change_third("end_s", 0));
  check_refused("task 4 is out of order", change_third("task", 4));
}

TEST_CASE("base64 gives back every byte")
{
  std::string bytes;
  for (int i = 0; i < 300; ++i)
  {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i));
  }
  for (const auto* text : {"a", "ab", "abc", "a===", "====", "ab=c", "ab\n=", "a\xff=="})
    CHECK_THROWS_AS(from_base64(text), std::runtime_error);
}

TEST_CASE("more events than a figure can show are refused in one line that names Perfetto")
{
  const std::filesystem::path file = "figure_recording_test.json";
  std::vector<worked> work;
  for (int i = 0; i < 10000; ++i)
    work.push_back({1, 1, i * 10.0, 5, 1});
  std::ofstream(file) << trace_of("async", work);
  CHECK_THROWS_WITH_AS(figure::read_recordings(std::vector(10, file)),
    "figure_recording_test.json: 100020 events, with those of the other runs, are more than a "
    "figure can show (100000); Perfetto (ui.perfetto.dev) opens such traces",
    std::runtime_error);
  std::filesystem::remove(file);
}

TEST_CASE("what was recorded after the end of a run lies within its extent")
{
  figure::recording run;
  run.wall = 1000;
  CHECK(figure::extent_of(run) == 1000);
  run.ticks = {{.at = 9000, .late = 500}};
  CHECK(figure::extent_of(run) == 8500);
}

TEST_CASE("the share of waiting is what the slices leave")
{
  std::vector<worked> work;
  for (int i = 0; i < 2000; ++i)
    work.push_back({1, i % 100 + 1, i * 100.0, 40, 10});
  const auto run = parse_recording(trace_of("async", work), "run.json");
  CHECK(run.slices.size() == 2000);
  CHECK(figure::share_of_waiting(run) == doctest::Approx(0.6).epsilon(0.001));
}

} // namespace poetry::testing
