#include "client/race/run/machine.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

TEST_CASE("a limit is named with its value and what raises it")
{
  const auto explained = [](const char* error, const char* remedy) {
    CAPTURE(error);
    const auto text = with_limit(error);
    CHECK(text.find(remedy) != std::string::npos);
    CHECK(text.find("unknown") == std::string::npos);
    CHECK(text.find('\t') == std::string::npos);
  };
  explained("task 7 failed: Too many open files", "ulimit -Hn");
  explained("task 7 failed: Cannot assign requested address", "net.ipv4.ip_local_port_range");
  explained("cannot fork: Resource temporarily unavailable", "kernel.threads-max");
  explained("Cannot allocate memory", "net.ipv4.tcp_mem");
}

TEST_CASE("an error that is about no limit is not explained")
{
  CHECK(with_limit("task 7 failed: Connection refused") == "task 7 failed: Connection refused");
  CHECK(with_limit("") == "");
}

TEST_CASE("a process has room for readers")
{
  CHECK(limits_here().readers_per_port > 0);
  CHECK(limits_here().readers_per_process > 0);
}

TEST_CASE("threads that compute get time of some cores, on any machine")
{
  CHECK(cores_here() >= 1);
  const double one = effective_cores(1);
  CHECK(one > 0);
  CHECK(one <= 1.01);
  CHECK(effective_cores(3) > 0);
}

TEST_CASE("the kernel counts what this thread does, and what all cores do")
{
  const auto before = machine_time_now();
  const auto thread = thread_time_of(::getpid());
  effective_cores(1);
  CHECK(machine_time_now().busy > before.busy);
  CHECK((machine_time_now() - before).stolen >= 0s);
  CHECK((machine_time_now() - before).pressure >= 0s);
  CHECK(thread_time_of(::getpid()).ran >= thread.ran);
  CHECK(thread_time_of(::getpid()).waited >= thread.waited);
}

TEST_CASE("others delay a run by no more than its processes waited for a core")
{
  // Four tasks that compute for 0.2 s each, one after another, beside a busy process for each core:
  // 0.96 s instead of 0.8.
  const run_times computing{.machine = {.busy = 1920ms, .pressure = 1900ms},
    .client_cpu = 806ms,
    .client = {806ms, 152ms, 60},
    .servers = {5ms, 2ms, 20},
    .cores = 1};
  CHECK(longest_delay(computing) == 154ms);
  // One that waits for what it should not is ready soon whenever something comes, and what it waits
  // for a core while its servers pause prolongs nothing.
  run_times waiting{.machine = {.busy = 4600ms, .pressure = 700ms},
    .client_cpu = 15ms,
    .client = {15ms, 190ms, 250},
    .servers = {20ms, 320ms, 260},
    .turns = 44};
  CHECK(longest_delay(waiting) == 88ms);
  // Nor does it matter whether it is one thread.
  waiting.client_cpu = 80ms;
  CHECK(longest_delay(waiting) == 88ms);
}

TEST_CASE("others delay a run by no more than they had of its cores")
{
  // Four threads on two idle cores wait for one another.
  run_times threads{.machine = {.busy = 825ms, .pressure = 800ms},
    .client_cpu = 805ms,
    .client = {2ms, 1ms, 10},
    .servers = {5ms, 0ms, 10},
    .cores = 2};
  CHECK(longest_delay(threads) == 7500us);
  // Beside a busy process for each core they get 1.33 cores.
  threads.machine.busy = 1210ms;
  CHECK(longest_delay(threads) == 200ms);
}

TEST_CASE("what other threads waited is unknown: at most whenever anybody did")
{
  const run_times processes{.machine = {.busy = 600ms, .pressure = 90ms},
    .client_cpu = 70ms,
    .client = {10ms, 6ms, 30},
    .servers = {10ms, 4ms, 20}};
  CHECK(longest_delay(processes) == 100ms);
}

TEST_CASE("what the host of a virtual machine took counts as well")
{
  const run_times stolen{
    .machine = {.busy = 150ms, .stolen = 40ms}, .client_cpu = 100ms, .client = {100ms, 1ms}};
  CHECK(longest_delay(stolen) == 41ms);
}
