#include "client/race/run/account.hpp"

#include "client/race/plan/commands.hpp"
#include "client/race/run/client_result.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

std::string connected(int port, int reader, double at)
{
  return fmt::format(
    R"({{"at_s":{},"event":"connected","server":"127.0.0.1:{}","reader":{},"from":"x"}})"
    "\n",
    at, port, reader);
}

/// Of a poem whose end of file was sent after `time`; the reader closed at once.
std::string finished(int port, int reader, double at, double time, const char* ending = "whole")
{
  return fmt::format(
    R"({{"at_s":{},"event":"finished","server":"127.0.0.1:{}","reader":{},"bytes":30,"time_s":{},)"
    R"("ending":"{}"}})"
    "\n",
    at, port, reader, time, ending);
}

account account_of(const std::string& log)
{
  account account;
  account.read(log);
  return account;
}

double most_connections(const account& account)
{
  return most_at_once(account.connections, &connection::accepted, &connection::ended);
}

} // namespace

TEST_CASE("connections overlap until the server's end of file, however late the reader closes")
{
  const auto first = connected(1, 1, 10) + finished(1, 1, 12.9, 1.5);
  CHECK(most_connections(account_of(first + connected(2, 1, 12) + finished(2, 1, 13, 1))) == 1);
  CHECK(most_connections(account_of(first + connected(2, 1, 11) + finished(2, 1, 13, 1))) == 2);
  CHECK(most_connections(account_of("")) == 0);
}

TEST_CASE("a connection that never ended overlaps with all that come after it")
{
  const auto account = account_of(connected(1, 1, 10) + connected(1, 2, 100));
  CHECK(most_connections(account) == 2);
  CHECK(account.connections[0].ended == time_point::max());
}

TEST_CASE("a poem counts as taken only if it was whole, and no more often than it was due")
{
  group group{{{.server = "127.0.0.1:1"}, {.server = "127.0.0.1:2"}}};
  std::string log;
  for (int reader = 1; reader <= 3; ++reader)
    log += connected(1, reader, reader) + finished(1, reader, reader + 1, 1);
  log += connected(2, 1, 5) + finished(2, 1, 6, 1, "left");
  CHECK(account_of(log).whole(group) == 1);
  group.repeat = 2;
  CHECK(account_of(log).whole(group) == 2);
}

TEST_CASE("the account of a program that tells nothing is a recording")
{
  const auto sent =
    fmt::format(R"({{"at_s":11,"event":"sent","server":"127.0.0.1:1","reader":1,"bytes":{}}})"
                "\n",
      30);
  const auto account =
    account_of(connected(1, 1, 10) + sent + finished(1, 1, 12, 2) + connected(1, 2, 11));
  const client_end end{.began = time_point(9s), .ended = time_point(13s), .cpu = 20ms};
  const auto run = recording_of(account, {}, {.name = "mine", .command = "cat {server}"}, end);
  CHECK(run.seen_by_servers);
  CHECK(run.wall == 4e6);
  REQUIRE(run.tasks.size() == 2);
  CHECK(run.tasks[0].status == "complete");
  CHECK(run.tasks[0].start == 1e6);
  CHECK(run.tasks[0].end == 3e6);
  CHECK(run.tasks[1].status == "failed");
  CHECK(run.tasks[1].end == 4e6);
  REQUIRE(run.slices.size() == 1);
  CHECK(run.slices[0].start == 2e6);
  CHECK(run.slices[0].bytes == 30);
}

TEST_CASE("what servers complain of is not lost among the lines of their logs")
{
  const auto account =
    account_of(connected(1, 1, 10) + R"({"event":"warning","message":"accepting is paused"})"
                                     "\nslowpoetry: out of words\n");
  CHECK(account.complaints == "slowpoetry: warning: accepting is paused; slowpoetry: out of words");
  CHECK(account.connections.size() == 1);
}

TEST_CASE("a word of a command stands for as many words as there are servers")
{
  const std::vector<std::string> servers = {"a:1", "b:2"};
  CHECK(expanded("mine {server}", servers, "") == "mine a:1 b:2");
  CHECK(expanded("curl -sZ gopher://{server}/  -o x", servers, "") ==
        "curl -sZ gopher://a:1/ gopher://b:2/  -o x");
  CHECK(expanded("mine '{server},{server}'", servers, "") == "mine 'a:1,a:1' 'b:2,b:2'");
  CHECK(expanded("mine -o {out}/x", servers, "/tmp/o") == "mine -o /tmp/o/x a:1 b:2");
  CHECK(expanded("mine", servers, "") == "mine a:1 b:2");
}

TEST_CASE("the last words of a program are a line of text")
{
  CHECK(last_lines("") == "");
  CHECK(last_lines("one\ntwo\nthree\nfour\n\n") == "two; three; four");
  CHECK(last_lines("one\x1b[2J") == "one?[2J");
}

TEST_CASE("servers that misbehave are told to, and models are told what the poems are")
{
  const auto setting = make_setting({.bytes = 300, .faults = true}, "", {});
  auto group = setting.groups.front();
  group.poems.front().file = "F";
  std::vector<std::string> faults;
  for (const slow_poem& poem : group.poems)
    faults.push_back(poem.fault);
  CHECK(faults == std::vector<std::string>{"", "refuse", "reset", "truncate", "stall", ""});
  const auto servers = by_server(group);
  CHECK(servers.size() == 6);
  const auto line = [](const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
  };
  CHECK(line(server_command(setting, group, servers[2], server_log_level::nothing))
          .find("--fault reset") != std::string::npos);
  CHECK(line(client_command(setting, group, {.name = "async"}, ""))
          .find("--idle-timeout 1s --verify F") != std::string::npos);
}
