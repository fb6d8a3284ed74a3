#include "client/race/run/client_result.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const group two_poems{{{.bytes = 30, .server = "127.0.0.1:1000", .crc32 = 0xcafe},
  {.bytes = 40, .server = "127.0.0.1:1001", .crc32 = 0xbeef}}};

measurement read(const json& result, const knobs& knobs = {})
{
  return read_result(result.dump(), {.knobs = knobs}, two_poems, "async");
}

json good_task(int number, const char* server, int bytes, const char* crc, double end)
{
  return {{"task", number}, {"server", server}, {"status", "complete"}, {"bytes", bytes},
    {"crc32", crc}, {"end_s", end}, {"error", nullptr}};
}

json good_result()
{
  return {{"schema", "slowpoetry.run/1"}, {"model", "async"}, {"threads", 1}, {"wall_s", 0.5},
    {"sum_task_s", 0.75}, {"longest_task_s", 0.5}, {"max_rss_bytes", 4000000}, {"work_s", 0.0},
    {"tick", nullptr},
    {"tasks", {good_task(1, "127.0.0.1:1000", 30, "0000cafe", 0.25),
                good_task(2, "127.0.0.1:1001", 40, "0000beef", 0.5)}}};
}

} // namespace

TEST_CASE("a good result is a measurement")
{
  const measurement result = read(good_result());
  CHECK(result.wrong == "");
  CHECK(result.wall == 0.5);
  CHECK(result.overlap == 1.5);
  CHECK(result.rss == 4000000);
  CHECK(result.rest == 0.25);
}

TEST_CASE("a result that is not that of the poems served is wrong")
{
  const auto wrong = [](const char* path, const json& value) {
    json result = good_result();
    result[json::json_pointer(path)] = value;
    return read(result).wrong;
  };
  CHECK(wrong("/tasks/1/crc32", "0000cafe").find("wrong poem") != std::string::npos);
  CHECK(wrong("/tasks/1/bytes", 39).find("39 of 40 bytes") != std::string::npos);
  CHECK(wrong("/tasks/0/server", "127.0.0.1:1001").find("instead of") != std::string::npos);
  CHECK(wrong("/tasks/0/status", "failed").find("task 1 failed") != std::string::npos);
  CHECK(wrong("/model", "blocking") != "");
  CHECK(wrong("/schema", "other/1") != "");
  CHECK(wrong("/wall_s", "fast") != "");
  CHECK(wrong("/tasks", json::array()) == "it reports 0 of 2 tasks");
}

TEST_CASE("text that is no result is wrong")
{
  for (const char* text : {"", "{", "[]", "null", "Got 3 of 3 poems"})
  {
    CAPTURE(text);
    CHECK(read_result(text, {}, two_poems, "async").wrong != "");
  }
}

TEST_CASE("the lateness of the ticks is read where there were any")
{
  json result = good_result();
  CHECK(std::isnan(read(result).tick_max));
  result["tick"] = {{"count", 50}, {"p99_s", 0.001}, {"max_s", 0.002}};
  CHECK(read(result).ticks == 50);
  CHECK(read(result).tick_max == 0.002);
}

TEST_CASE("how much work is due follows from the bytes, not from what the client says")
{
  json result = good_result();
  result["work_s"] = 0.068;
  // Where none is asked for, there is nothing to judge.
  CHECK(std::isnan(read(result).work_due));
  CHECK(read(result, {.work = 10ms}).work == 0.068);
  CHECK(read(result, {.work = 10ms}).work_due == doctest::Approx(0.07));
}

TEST_CASE("processes side by side are one measurement")
{
  measurement one = read(good_result());
  measurement other = one;
  one.cpu = 0.1;
  other.cpu = 0.2;
  other.wall = 0.6;
  one.failed = 1;
  other.failed = 2;
  const measurement both = combined({one, other});
  CHECK(both.wall == 0.6);
  CHECK(both.sum == 1.5);
  CHECK(both.cpu == doctest::Approx(0.3));
  CHECK(both.overlap == 2.5);
  CHECK(both.failed == 3);
  CHECK(std::isnan(both.rest));
  other.wrong = "it hung";
  CHECK(combined({one, other}).wrong == "it hung");
}
