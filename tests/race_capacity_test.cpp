#include "client/race/plan/capacity.hpp"
#include "common/program.hpp"

#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;

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
  CHECK(refusal({.files = 1'000'000}).find("fs.file-max") != std::string::npos);
  CHECK(refusal({.processes = 100}).find("300 processes") != std::string::npos);
}
