#include "client/race/run/client_process.hpp"

#include "common/output.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace poetry::race {
namespace {

std::vector<std::string> supervisor_command(
  const std::vector<std::string>& command, bool is_own, std::uint64_t cores)
{
  std::vector<std::string> result = {std::string(supervisor_name), is_own ? "own" : "model",
    fmt::format("{}", cores), find_program(command.front()).string()};
  result.insert(result.end(), command.begin(), command.end());
  return result;
}

/// Keeps the first `count` of the cores that may be used.
void use_cores(std::uint64_t count)
{
  cpu_set_t cores;
  ::sched_getaffinity(0, sizeof cores, &cores);
  for (int core = 0; core < CPU_SETSIZE; ++core)
  {
    if (count > 0 && CPU_ISSET(core, &cores))
      --count;
    else
      CPU_CLR(core, &cores);
  }
  ::sched_setaffinity(0, sizeof cores, &cores);
}

/// Reaps one of all that are left below, with `flags` of `waitid`, and notes in `end` how the
/// client ended. False when there is none.
bool reap_next(pid_t client, int flags, client_end& end)
{
  siginfo_t next = {};
  if (::waitid(P_ALL, 0, &next, WEXITED | WNOWAIT | flags) != 0 || next.si_pid == 0)
    return false;
  const auto time = thread_time_of(next.si_pid); // until it is reaped
  const int status = reap(next.si_pid);
  if (next.si_pid != client)
    return true;
  end.status = status;
  end.ended = clock::now();
  end.time = time;
  return true;
}

/// Reads a part of what the client writes, and keeps the last of it. False when there is no more.
bool hear(int words, std::string& last)
{
  constexpr std::size_t most = 2048;
  std::array<char, 65536> part;
  const auto count = ::read(words, part.data(), part.size());
  if (count <= 0)
    return false;
  last.append(part.data(), static_cast<std::size_t>(count));
  last.erase(0, last.size() - std::min(last.size(), most));
  return true;
}

} // namespace

client_process::client_process(
  const std::vector<std::string>& command, bool is_own, std::uint64_t cores)
  : child(program{.path = "/proc/self/exe",
      .command = supervisor_command(command, is_own, cores),
      .end_signal = SIGTERM})
{
}

client_end client_process::result()
{
  client_end result{.status = end(), .began = clock::now(), .ended = clock::now()};
  // A supervisor that was killed has written nothing.
  (void)!::pread(report(), &result, sizeof result, 0);
  return result;
}

int supervise(char** arguments)
{
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGCHLD, SIGTSTP, SIGCONT})
    ::sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (const auto cores = std::strtoull(arguments[2], nullptr, 10); cores != 0)
    use_cores(cores);

  program command{.path = arguments[3],
    .standard = {::open("/dev/null", O_RDONLY | O_CLOEXEC), STDOUT_FILENO, STDERR_FILENO}};
  for (char** word = arguments + 4; *word != nullptr; ++word)
    command.command.emplace_back(*word);
  int words[2] = {-1, -1};
  if (std::string_view(arguments[1]) == "own" && ::pipe2(words, O_CLOEXEC) == 0)
  {
    ::fcntl(words[0], F_SETFL, O_NONBLOCK);
    command.standard[1] = command.standard[2] = words[1];
  }
  client_end end{.began = clock::now()};
  const pid_t client = start_program(command);
  ::close(words[1]);

  std::string last;
  pollfd polled[] = {{::signalfd(-1, &watched, SFD_CLOEXEC), POLLIN, 0}, {words[0], POLLIN, 0}};
  bool is_told_to_end = false;
  while (end.ended == time_point() && !is_told_to_end)
  {
    ::poll(polled, std::size(polled), -1);
    if (polled[1].revents != 0 && !hear(words[0], last))
      polled[1].fd = -1;
    signalfd_siginfo signal = {};
    if (polled[0].revents == 0 || ::read(polled[0].fd, &signal, sizeof signal) < 0)
      continue;
    if (signal.ssi_signo == SIGTSTP || signal.ssi_signo == SIGCONT)
      ::kill(-client, signal.ssi_signo == SIGTSTP ? SIGSTOP : SIGCONT);
    is_told_to_end = signal.ssi_signo == SIGTERM;
    while (!is_told_to_end && reap_next(client, WNOHANG, end))
      continue;
  }
  do
  {
    std::ifstream children(fmt::format("/proc/self/task/{}/children", ::getpid()));
    for (pid_t child = 0; children >> child;)
      ::kill(child, SIGKILL);
  } while (reap_next(client, 0, end));
  while (hear(words[0], last))
    continue;
  write_all(STDERR_FILENO, last);

  rusage usage = {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  end.cpu = to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
  end.switches = static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
  end.rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return ::pwrite(STDIN_FILENO, &end, sizeof end, 0) == sizeof end ? 0 : 1;
}

} // namespace poetry::race
