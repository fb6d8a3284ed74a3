#include "client/race/plan/setting.hpp"

#include "client/models.hpp"
#include "common/program.hpp"

#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

TEST_CASE("up to a hundred tasks have a server each, more of them share one")
{
  const setting few = make_setting({.tasks = 100}, "", {});
  REQUIRE(few.groups.size() == 1);
  CHECK(few.groups[0].poems.size() == 100);
  CHECK(few.groups[0].repeat == 1);

  const setting more = make_setting({.tasks = 101}, "", {});
  REQUIRE(more.groups.size() == 1);
  CHECK(more.groups[0].poems.size() == 1);
  CHECK(more.groups[0].repeat == 101);
}

TEST_CASE("the slow server is the first, so that all others wait behind it")
{
  const setting setting = make_setting({.tasks = 4, .delay = 20ms, .slower = 3}, "", {});
  const auto& poems = setting.groups[0].poems;
  CHECK(poems.front().pace.delay == 60ms);
  CHECK(poems.back().pace.delay == 20ms);
}

TEST_CASE("more tasks than a process may hold are split, and no port has more readers than it may")
{
  const machine_limits limits{.readers_per_port = 7000, .readers_per_process = 19900};
  for (const std::uint64_t tasks : {19900U, 19901U, 20000U, 99999U, 100000U, 131071U})
  {
    CAPTURE(tasks);
    const setting setting = make_setting({.tasks = tasks}, "", limits);
    CHECK(setting.tasks() == tasks);
    CHECK(setting.groups.size() <= tasks / 19900 + 2);
    for (const group& group : setting.groups)
    {
      CHECK(group.tasks() <= limits.readers_per_process);
      CHECK(group.repeat <= limits.readers_per_port);
    }
  }
}

TEST_CASE("tasks are split evenly")
{
  const machine_limits limits{.readers_per_port = 7000, .readers_per_process = 19900};
  const setting setting = make_setting({.tasks = 100'000}, "", limits);
  REQUIRE(setting.groups.size() == 6);
  for (const group& group : setting.groups)
    CHECK(group.tasks() == doctest::Approx(16'666.5).epsilon(0.0001));

  // A prime number of tasks cannot be divided between ports.
  const machine_limits prime{.readers_per_port = 7000, .readers_per_process = 19891};
  for (const group& group : make_setting({.tasks = 2 * 19891}, "", prime).groups)
    CHECK(group.tasks() <= prime.readers_per_process);
}

TEST_CASE(
  "chained tasks run in a client of their own, except for blocking, which chains them anyway")
{
  const setting setting = make_setting({.tasks = 8, .chain = 3}, "3", {});
  const auto groups = groups_for(setting, overlap::waits);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].chained);
  CHECK(groups[0].tasks() == 3);
  CHECK_FALSE(groups[1].chained);
  CHECK(groups[1].tasks() == 5);

  const auto one = groups_for(setting, overlap::nothing);
  REQUIRE(one.size() == 1);
  CHECK(one[0].tasks() == 8);
  CHECK(groups_for(make_setting({.tasks = 8, .chain = 8}, "8", {}), overlap::waits).size() == 1);
}

TEST_CASE("a knob is set by its name and a text")
{
  knobs knobs;
  set_knob(knobs, "tasks", "64");
  set_knob(knobs, "bytes", "2k");
  set_knob(knobs, "delay", "5ms");
  set_knob(knobs, "cores", "all");
  CHECK(knobs.tasks == 64);
  CHECK(knobs.bytes == 2048);
  CHECK(knobs.delay == 5ms);
  CHECK(knobs.cores == 0);
  set_knob(knobs, "cores", "2");
  CHECK(knobs.cores == 2);
  CHECK_THROWS_AS(set_knob(knobs, "tasks", "0"), usage_error);
  CHECK_THROWS_AS(set_knob(knobs, "tasks", "many"), usage_error);
  CHECK_THROWS_AS(set_knob(knobs, "delay", "2h"), usage_error);
  CHECK_THROWS_AS(set_knob(knobs, "tempo", "1"), usage_error);
}
