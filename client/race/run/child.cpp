#include "client/race/run/child.hpp"

#include "common/interruption.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <poll.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<std::uint64_t> stops = 0;
std::atomic<pid_t> children_group = 0;
const interruption* to_end = nullptr;

void tell_children(int signal)
{
  const int error = errno;
  ::kill(-children_group, signal);
  errno = error;
}

void go_on(int)
{
  ++stops;
  tell_children(SIGCONT);
}

void stop_all(int)
{
  tell_children(SIGTSTP);
  stop_as_by_default(stop_all);
  // In an orphaned process group SIGTSTP stops nothing: then the children go on at once.
  go_on(SIGCONT);
}

template <class Result>
int checked(Result result, const char* what)
{
  if (result < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return static_cast<int>(result);
}

std::string read_whole(int file)
{
  return read_file(
    fmt::format("/proc/self/fd/{}", file), std::numeric_limits<std::uint64_t>::max());
}

} // namespace

std::filesystem::path find_program(const std::string& name)
{
  const auto own_folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder = own_folder; folders; std::getline(folders, folder, ':'))
  {
    auto found = std::filesystem::path(folder) / name;
    if (::access(found.c_str(), X_OK) == 0 && !std::filesystem::is_directory(found))
      return found;
  }
  throw std::runtime_error(fmt::format(
    "cannot find the program {}: it is neither in {} nor on PATH", name, own_folder.string()));
}

void lead_children(pid_t leader, const interruption& interruption)
{
  to_end = &interruption;
  children_group = leader;
  catch_signal(SIGTSTP, stop_all, SA_RESTART);
  catch_signal(SIGCONT, go_on, SA_RESTART);
}

std::uint64_t stop_count()
{
  return stops;
}

pid_t start_program(const program& program)
{
  std::vector<char*> arguments;
  arguments.reserve(program.command.size() + 1);
  for (const std::string& argument : program.command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  // A handler of ours must not take a signal that is meant for the program.
  sigset_t set;
  sigset_t before;
  ::sigfillset(&set);
  ::sigprocmask(SIG_SETMASK, &set, &before);
  const pid_t pid = ::fork();
  if (pid >= 0)
    ::setpgid(pid, children_group);
  if (pid != 0)
  {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return checked(pid, "cannot start another process");
  }
  // What is ignored or blocked would stay so through exec.
  for (int signal = 1; signal < NSIG; ++signal)
    std::signal(signal, SIG_DFL);
  ::sigemptyset(&set);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::prctl(PR_SET_PDEATHSIG, program.end_signal);
  if (::getppid() != parent)
    ::_exit(127);
  for (std::size_t i = 0; i < program.standard.size(); ++i)
    ::dup2(program.standard[i], static_cast<int>(i));
  ::execv(program.path.c_str(), arguments.data());
  ::_exit(127);
}

int reap(pid_t process)
{
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR)
    continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

child::child(const std::vector<std::string>& command)
  : child(program{.path = find_program(command.front()), .command = command})
{
}

child::child(program program) : program_(std::move(program))
{
  // Unlike a pipe, a file need not be read while the program runs.
  for (int& file : program_.standard)
    file = checked(::memfd_create("output", MFD_CLOEXEC), "cannot keep a program's output");
  pid_ = start_program(program_);
  pidfd_ = checked(::syscall(SYS_pidfd_open, pid_, 0), "cannot watch a child process");
}

child::~child()
{
  if (!end_)
    kill();
  end();
  for (const int file : program_.standard)
    ::close(file);
  ::close(pidfd_);
}

bool child::ends_by(time_point deadline) const
{
  pollfd polled[] = {{.fd = pidfd_, .events = POLLIN, .revents = 0},
    {.fd = to_end->descriptor(), .events = POLLIN, .revents = 0}};
  for (;;)
  {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    const auto wait = std::clamp<std::int64_t>(left.count(), 0, 60'000);
    ::poll(polled, std::size(polled), static_cast<int>(wait));
    if (to_end->signal() != 0)
      throw interrupted();
    if (polled[0].revents != 0 || wait == 0)
      return polled[0].revents != 0;
  }
}

int child::end()
{
  if (!end_)
    end_ = reap(pid_);
  return *end_;
}

void child::kill()
{
  ::kill(pid_, program_.end_signal);
}

void child::stop()
{
  ::kill(pid_, SIGTERM);
  ends_by(clock::now() + 10s);
  kill();
  end();
}

std::string child::output() const
{
  return read_whole(program_.standard[1]);
}

std::string child::errors() const
{
  return read_whole(program_.standard[2]);
}

} // namespace poetry::race
