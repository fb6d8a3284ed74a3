#include "client/race/run/client_process.hpp"

#include "client/race/run/machine.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
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

/// What a supervisor writes into the file that is its stdin.
struct supervisor_report
{
  int status;
  time_point began;
  time_point ended;
  rusage usage;
  thread_time time;
  std::size_t last_size;
  std::array<char, 2048> last_words;
};

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

/// The client and all that it leaves, which become children of this process when their parents end.
class supervised_processes
{
public:
  /// `words` takes what an own program writes; -1 for a model.
  supervised_processes(char** command, std::uint64_t cores, int words)
  {
    const pid_t parent = ::getpid();
    report.began = clock::now();
    client_ = ::fork();
    if (client_ < 0)
    {
      std::perror("cannot start another process");
      report.status = 127;
    }
    if (client_ != 0)
      return;
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(127);
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    if (words < 0)
      raise_descriptor_limit();
    else
    {
      ::dup2(words, STDOUT_FILENO);
      ::dup2(words, STDERR_FILENO);
    }
    if (cores != 0)
      use_cores(cores);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv(command[0], command + 1);
    ::_exit(127);
  }

  /// Reaps a child, with `flags` of `waitpid`; false when there is none.
  bool reap(int flags)
  {
    siginfo_t ended = {};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT | flags) != 0 || ended.si_pid == 0)
      return false;
    // Until it is reaped.
    const auto time = thread_time_of(ended.si_pid);
    int status = 0;
    if (::waitpid(ended.si_pid, &status, 0) == client_)
    {
      report.time = time;
      report.ended = clock::now();
      report.status = exit_status(status);
      client_ = -1;
    }
    return true;
  }

  /// Kills and reaps until nobody is left.
  void end_all()
  {
    do
    {
      std::ifstream children(fmt::format("/proc/self/task/{}/children", ::getpid()));
      for (pid_t child = 0; children >> child;)
        ::kill(child, SIGKILL);
    } while (reap(0));
  }

  void pass_on(int signal) const { ::kill(-client_, signal); }
  bool client_ended() const { return client_ == -1; }

  supervisor_report report = {};

private:
  pid_t client_;
};

/// Reads a part of what the client writes, and keeps the last of it. False when there is no more.
bool hear(int words, std::string& last)
{
  std::array<char, 65536> part;
  const auto count = ::read(words, part.data(), part.size());
  if (count <= 0)
    return false;
  last.append(part.data(), static_cast<std::size_t>(count));
  last.erase(0, last.size() - std::min(last.size(), sizeof supervisor_report::last_words));
  return true;
}

} // namespace

client_process::client_process(
  const std::vector<std::string>& command, bool is_own, std::uint64_t cores)
  : child(
      "/proc/self/exe",
      [&] {
        std::vector<std::string> words = {std::string(supervisor_name), is_own ? "own" : "model",
          fmt::format("{}", cores), find_program(command.front()).string()};
        words.insert(words.end(), command.begin(), command.end());
        return words;
      }(),
      open_nameless_file())
{
}

client_end client_process::result()
{
  client_end result{.status = end(), .began = clock::now(), .ended = clock::now()};
  supervisor_report told;
  if (::pread(report(), &told, sizeof told, 0) != sizeof told)
    return result; // it was killed
  result = {told.status, told.began, told.ended,
    to_duration(told.usage.ru_utime) + to_duration(told.usage.ru_stime),
    static_cast<std::uint64_t>(told.usage.ru_nvcsw + told.usage.ru_nivcsw), told.time,
    static_cast<std::uint64_t>(told.usage.ru_maxrss) * 1024,
    std::string(told.last_words.data(), told.last_size)};
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

  int words[2] = {-1, -1};
  if (std::string_view(arguments[1]) == "own" && ::pipe2(words, O_CLOEXEC) == 0)
    ::fcntl(words[0], F_SETFL, O_NONBLOCK);
  supervised_processes processes(arguments + 3, std::strtoull(arguments[2], nullptr, 10), words[1]);
  ::close(words[1]);

  std::string last;
  bool is_told_to_end = false;
  pollfd polled[] = {{::signalfd(-1, &watched, SFD_CLOEXEC), POLLIN, 0}, {words[0], POLLIN, 0}};
  while (!processes.client_ended() && !is_told_to_end)
  {
    ::poll(polled, std::size(polled), -1);
    if (polled[1].revents != 0 && !hear(words[0], last))
      polled[1].fd = -1;
    signalfd_siginfo signal = {};
    if (polled[0].revents == 0 || ::read(polled[0].fd, &signal, sizeof signal) < 0)
      continue;
    if (signal.ssi_signo == SIGTSTP || signal.ssi_signo == SIGCONT)
      processes.pass_on(signal.ssi_signo == SIGTSTP ? SIGSTOP : SIGCONT);
    is_told_to_end = signal.ssi_signo == SIGTERM;
    while (!is_told_to_end && processes.reap(WNOHANG))
      continue;
  }
  processes.end_all();
  while (hear(words[0], last))
    continue;

  supervisor_report& report = processes.report;
  ::getrusage(RUSAGE_CHILDREN, &report.usage);
  report.last_size = last.copy(report.last_words.data(), report.last_words.size());
  return ::pwrite(STDIN_FILENO, &report, sizeof report, 0) == sizeof report ? 0 : 1;
}

} // namespace poetry::race
