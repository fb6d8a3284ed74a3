#include "common/epoll_set.hpp"

#include <array>
#include <asio/error.hpp>
#include <cerrno>
#include <cstddef>
#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace poetry::testing {
namespace {

struct pipe_ends
{
  pipe_ends() { REQUIRE(::pipe(ends.data()) == 0); }
  ~pipe_ends()
  {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void fill() const { REQUIRE(::write(ends[1], "x", 1) == 1); }

  std::array<int, 2> ends = {};
};

constexpr int no_filter = 77;

/// Runs `body` in a process in which epoll_pwait2 fails with `error`; returns what it returned, or
/// `no_filter` where a process may not filter its calls.
template <class Body>
int run_without_fine_waits(int error, Body body)
{
  const pid_t child = ::fork();
  if (child == 0)
  {
    std::array<sock_filter, 4> refusal = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog program = {.len = refusal.size(), .filter = refusal.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
      ::_exit(no_filter);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What has happened by now is reported.
void poll(epoll_set& set)
{
  set.wait_until(time_point::min());
}

TEST_CASE("a descriptor is reported once for each time something happens to it")
{
  std::vector<std::uint64_t> seen;
  epoll_set set([&](std::uint64_t key, std::uint32_t) { seen.push_back(key); });
  pipe_ends first;
  pipe_ends second;
  REQUIRE_FALSE(set.add(first.ends[0], 1, EPOLLIN));
  REQUIRE_FALSE(set.add(second.ends[0], 2, EPOLLIN));

  first.fill();
  poll(set);
  CHECK(seen == std::vector<std::uint64_t>{1});
  poll(set);
  CHECK(seen == std::vector<std::uint64_t>{1});
  first.fill();
  second.fill();
  poll(set);
  CHECK(seen.size() == 3);
}

TEST_CASE("after a change, an event that has already happened is reported again")
{
  int reports = 0;
  epoll_set set([&](std::uint64_t, std::uint32_t) { ++reports; });
  pipe_ends pipe;
  REQUIRE_FALSE(set.add(pipe.ends[0], 1, EPOLLIN));
  pipe.fill();
  poll(set);
  set.change(pipe.ends[0], 1, EPOLLIN);
  poll(set);
  CHECK(reports == 2);
}

TEST_CASE("a descriptor that a handler removes is not reported any more")
{
  int reports = 0;
  epoll_set* self = nullptr;
  epoll_set set([&](std::uint64_t key, std::uint32_t) {
    ++reports;
    self->remove(key == 1 ? 2 : 1);
  });
  self = &set;
  pipe_ends first;
  pipe_ends second;
  REQUIRE_FALSE(set.add(first.ends[0], 1, EPOLLIN));
  REQUIRE_FALSE(set.add(second.ends[0], 2, EPOLLIN));
  first.fill();
  second.fill();
  poll(set);
  CHECK(reports == 1);
}

TEST_CASE("a descriptor that cannot be watched is an error")
{
  epoll_set set([](std::uint64_t, std::uint32_t) {});
  CHECK(set.add(-1, 1, EPOLLIN) == asio::error::bad_descriptor);
}

TEST_CASE("a wait ends when something happens")
{
  std::vector<std::uint64_t> seen;
  epoll_set set([&](std::uint64_t key, std::uint32_t) { seen.push_back(key); });
  pipe_ends pipe;
  REQUIRE_FALSE(set.add(pipe.ends[0], 7, EPOLLIN));
  pipe.fill();
  set.wait_until(time_point::max());
  CHECK(seen == std::vector<std::uint64_t>{7});
}

TEST_CASE("a wait ends at its deadline")
{
  epoll_set set([](std::uint64_t, std::uint32_t) {});
  const auto deadline = clock::now() + std::chrono::microseconds(300);
  set.wait_until(deadline);
  CHECK(clock::now() >= deadline);
}

TEST_CASE("a watched descriptor has a handler of its own")
{
  std::vector<int> seen;
  epoll_set set([&](std::uint64_t, std::uint32_t) { seen.push_back(0); });
  pipe_ends first;
  pipe_ends second;
  set.watch(first.ends[0], [&] { seen.push_back(1); });
  set.watch(second.ends[0], [&] { seen.push_back(2); });
  second.fill();
  poll(set);
  first.fill();
  poll(set);
  CHECK(seen == std::vector{2, 1});
  CHECK_THROWS_AS(set.watch(-1, [] {}), std::system_error);
}

TEST_CASE("where epoll_pwait2 is missing or forbidden, a wait in milliseconds replaces it")
{
  for (const int error : {ENOSYS, EPERM})
  {
    CAPTURE(error);
    const int reports = run_without_fine_waits(error, [] {
      int seen = 0;
      epoll_set set([&](std::uint64_t, std::uint32_t) { ++seen; });
      pipe_ends pipe;
      set.add(pipe.ends[0], 1, EPOLLIN);
      pipe.fill();
      poll(set);
      return seen;
    });
    if (reports == no_filter)
      MESSAGE("not tried: calls cannot be filtered here");
    else
      CHECK(reports == 1);
  }
}

} // namespace
} // namespace poetry::testing
