#include "client/race/run/kernel.hpp"

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

TEST_CASE("an error that speaks of no limit is left as it is")
{
  CHECK(explain_limit("task 7 failed: Connection refused") == "");
  CHECK(explain_limit("") == "");
}

TEST_CASE("the kernel's buffers are known")
{
  CHECK(describe_buffers().find(" 0 MiB") == std::string::npos);
}
