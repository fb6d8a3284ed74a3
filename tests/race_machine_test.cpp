#include "client/race/run/machine.hpp"

#include <doctest/doctest.h>

using namespace poetry::race;

TEST_CASE("a limit is named with its value and what raises it")
{
  const auto explained = [](const char* error, const char* remedy) {
    CAPTURE(error);
    const auto text = explain_limit(error);
    CHECK(text.find(remedy) != std::string::npos);
    CHECK(text.find("unknown") == std::string::npos);
  };
  explained("task 7 failed: Too many open files", "ulimit -Hn");
  explained("task 7 failed: Cannot assign requested address", "net.ipv4.ip_local_port_range");
  explained("cannot fork: Resource temporarily unavailable", "kernel.threads-max");
  explained("Cannot allocate memory", "net.ipv4.tcp_mem");
}

TEST_CASE("an error that is about no limit is not explained")
{
  CHECK(explain_limit("task 7 failed: Connection refused") == "");
  CHECK(explain_limit("") == "");
}

TEST_CASE("a process has room for readers")
{
  CHECK(limits_here().readers_per_port > 0);
  CHECK(limits_here().readers_per_process > 0);
}

TEST_CASE("two threads that compute get time of some cores, on any machine")
{
  CHECK(cores_here() >= 1);
  CHECK(effective_cores() > 0);
}
