#include "client/race/run/child.hpp"

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
#include <sched.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace poetry::race {
namespace {

int checked(int result, const char* what)
{
  if (result < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A file without a name: unlike a pipe it never fills up, so nobody has to empty it while the
/// program runs.
int open_nameless_file()
{
  return checked(::memfd_create("output", MFD_CLOEXEC), "cannot keep a program's output");
}

std::string read_whole(int file)
{
  std::ifstream stream(fmt::format("/proc/self/fd/{}", file));
  return std::string(std::istreambuf_iterator<char>(stream), {});
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

/// What the child does between fork and exec.
[[noreturn]] void become(const char* path, char* const* arguments, int output, int complaint,
  std::uint64_t cores, pid_t parent)
{
  // Ctrl-C reaches only the race, which then ends its children. They also end when it is killed,
  // even between the fork and this line.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(127);
  // An ignored signal stays ignored through exec.
  std::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(complaint, STDERR_FILENO);
  if (cores != 0)
    use_cores(cores);
  ::execv(path, arguments);
  ::_exit(127);
}

std::filesystem::path program_folder()
{
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

} // namespace

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

child::child(const std::vector<std::string>& command, std::uint64_t cores)
{
  const std::string path = find_program(command.front()).string();
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  output_ = open_nameless_file();
  complaint_ = open_nameless_file();
  started_ = clock::now();
  const pid_t parent = ::getpid();
  pid_ = checked(::fork(), "cannot start another process");
  if (pid_ == 0)
    become(path.c_str(), arguments.data(), output_, complaint_, cores, parent);
  ::setpgid(pid_, pid_);
  pidfd_ =
    checked(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "cannot watch a child process");
}

child::~child()
{
  if (!end_)
    kill();
  end();
  for (const int descriptor : {pidfd_, output_, complaint_})
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

const child_end& child::end()
{
  if (end_)
    return *end_;
  siginfo_t info;
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
    continue;
  // Kills children that it left behind: until it is reaped, nobody else gets its group's number.
  kill();
  int status = 0;
  rusage usage = {};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR)
    continue;
  end_ = child_end{
    .status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
    .cpu = to_duration(usage.ru_utime) + to_duration(usage.ru_stime),
    .switches = static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw),
  };
  return *end_;
}

void child::kill()
{
  ::kill(-pid_, SIGKILL);
}

std::string child::output() const
{
  return read_whole(output_);
}

std::string child::complaint() const
{
  const std::string text = read_whole(complaint_);
  return text.substr(0, text.find('\n'));
}

} // namespace poetry::race
