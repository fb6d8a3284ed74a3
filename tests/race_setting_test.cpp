#include "client/race/plan/setting.hpp"

#include "client/models.hpp"
#include "common/program.hpp"

#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

/// A million tasks, 10,000 in each process.
const machine_limits large_processes{.readers_per_process = 10'000};

std::string refusal(const machine_limits& limits)
{
  try
  {
    check_capacity(make_setting({.tasks = 1'000'000}, "", large_processes), limits);
    return "";
  }
  catch (const usage_error& error)
  {
    return error.what();
  }
}

} // namespace

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

TEST_CASE("a million tasks say what they take")
{
  CHECK(demand_text(make_setting({.tasks = 1'000'000}, "", large_processes)) ==
        "about 10.5 GB of memory, 2,000,000 open files and 300 processes");
}

TEST_CASE("what the machine cannot hold is refused by name, with what raises the limit")
{
  CHECK(refusal({}).empty());
  CHECK(refusal({.memory = 10'500'000'000, .own_files = 720, .files = 2'000'000, .processes = 300})
          .empty());
  CHECK(refusal({.memory = 5'250'000'000}) ==
        "1,000,000 tasks take 10.5 GB of memory, and there are 5250 MB of memory; end other "
        "programs, or ask for some 500000 --tasks");
  CHECK(refusal({.own_files = 256}).find("720 open files of the race alone") != std::string::npos);
  CHECK(refusal({.own_files = 256}).find("'ulimit -n'") != std::string::npos);
  // With that many, 33 processes, it fits.
  CHECK(refusal({.own_files = 256}).ends_with("or ask for some 330000 --tasks"));
  CHECK(refusal({.own_files = 26}).ends_with("; raise 'ulimit -n'"));
  CHECK(refusal({.files = 1'000'000}).find("fs.file-max") != std::string::npos);
  CHECK(refusal({.processes = 100}).find("300 processes") != std::string::npos);
}
