#include "client/race/run/child.hpp"

#include "client/race/run/machine.hpp"
#include "client/race/run/stopping.hpp"
#include "client/run/interruption.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

template <class Result>
Result checked(Result result, const char* what)
{
  if (result < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::string read_whole(int file)
{
  std::ifstream stream(fmt::format("/proc/self/fd/{}", file));
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// What the child does between fork and exec.
[[noreturn]] void become(
  const char* path, char* const* arguments, int output, int complaint, int report, pid_t parent)
{
  // A handler of ours must not take what is meant for it, not even before this line, and an ignored
  // signal would stay ignored through exec.
  for (int signal = 1; signal < NSIG; ++signal)
    std::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Ctrl-C reaches only the race, which then ends its children. They also end when it is killed,
  // even between the fork and this line.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, report < 0 ? SIGKILL : SIGTERM);
  if (::getppid() != parent)
    ::_exit(127);
  if (report < 0)
    raise_descriptor_limit();
  ::dup2(report < 0 ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : report, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(complaint, STDERR_FILENO);
  ::execv(path, arguments);
  ::_exit(127);
}

std::filesystem::path program_folder()
{
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

} // namespace

int open_nameless_file()
{
  return checked(::memfd_create("output", MFD_CLOEXEC), "cannot keep a program's output");
}

int exit_status(int status)
{
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::filesystem::path find_program(const std::string& name)
{
  const auto runs = [](const std::filesystem::path& path) {
    return ::access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path);
  };
  if (auto beside = program_folder() / name; runs(beside))
    return beside;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
  {
    if (auto found = std::filesystem::path(folder) / name; !folder.empty() && runs(found))
      return found;
  }
  throw std::runtime_error(
    fmt::format("cannot find the program {}: it is neither in {} nor on PATH", name,
      program_folder().string()));
}

child::child(const std::vector<std::string>& command)
  : child(find_program(command.front()), command, -1)
{
}

child::child(
  const std::filesystem::path& program, const std::vector<std::string>& command, int report)
  : report_(report)
{
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  output_ = open_nameless_file();
  complaint_ = open_nameless_file();
  const pid_t parent = ::getpid();
  const signals_blocked blocked;
  pid_ = checked(::fork(), "cannot start another process");
  if (pid_ == 0)
    become(program.c_str(), arguments.data(), output_, complaint_, report_, parent);
  ::setpgid(pid_, pid_);
  stopping::include(pid_);
  pidfd_ =
    static_cast<int>(checked(::syscall(SYS_pidfd_open, pid_, 0), "cannot watch a child process"));
}

child::~child()
{
  if (!end_)
    kill();
  end();
  for (const int descriptor : {pidfd_, output_, complaint_, report_})
    ::close(descriptor);
}

bool child::ends_by(time_point deadline, const interruption& interruption) const
{
  pollfd polled[] = {{.fd = pidfd_, .events = POLLIN, .revents = 0},
    {.fd = interruption.descriptor(), .events = POLLIN, .revents = 0}};
  for (;;)
  {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    const auto wait = std::clamp<std::int64_t>(left.count(), 0, 60'000);
    ::poll(polled, std::size(polled), static_cast<int>(wait));
    if (interruption.signal() != 0)
      throw interrupted();
    if (polled[0].revents != 0 || wait == 0)
      return polled[0].revents != 0;
  }
}

int child::end()
{
  if (end_)
    return *end_;
  siginfo_t info;
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
    continue;
  // Kills children that it left behind: until it is reaped, nobody else gets its group's number.
  kill();
  const signals_blocked blocked;
  stopping::forget(pid_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR)
    continue;
  end_ = exit_status(status);
  return *end_;
}

void child::kill()
{
  ::kill(report_ < 0 ? -pid_ : pid_, report_ < 0 ? SIGKILL : SIGTERM);
}

void child::stop(const interruption& interruption)
{
  ::kill(pid_, SIGTERM);
  ends_by(clock::now() + 10s, interruption);
  kill();
  end();
}

std::string child::output() const
{
  return read_whole(output_);
}

std::string child::errors() const
{
  return read_whole(complaint_);
}

} // namespace poetry::race
