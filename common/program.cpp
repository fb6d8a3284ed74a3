#include "common/program.hpp"

#include "common/output.hpp"

#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <sys/resource.h>
#include <unistd.h>

namespace poetry {
namespace {

bool is_ignored(int signal)
{
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Ignored and blocked signals are inherited through exec. An ignored SIGCHLD would make `wait`
/// fail, a blocked SIGTERM could not stop the program. SIGHUP stays ignored for `nohup`, SIGINT and
/// SIGQUIT for a script's `&`.
void reset_signals()
{
  for (int signal = 1; signal < NSIG; ++signal)
  {
    if (signal != SIGHUP && signal != SIGINT && signal != SIGQUIT && is_ignored(signal))
      std::signal(signal, SIG_DFL);
  }
  // What cannot be written is reported by the call that writes it.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// If a standard descriptor is closed, the next file or socket would take its number, and with it
/// our output. O_PATH fills the gap: reading and writing fail as on a closed descriptor, and unlike
/// /dev/null the root folder always exists.
void occupy_standard_descriptors()
{
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
  {
    if (::fcntl(descriptor, F_GETFD) < 0)
      (void)::open("/", O_PATH);
  }
}

} // namespace

void catch_signal(int signal, void (*handler)(int), int flags)
{
  if (is_ignored(signal))
    return;
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

std::uint64_t raise_descriptor_limit()
{
  rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024}; // usual, where the system does not tell
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

int run_program(const std::string& name, const std::function<int()>& body)
{
  reset_signals();
  occupy_standard_descriptors();
  try
  {
    return body();
  }
  catch (const usage_error& error)
  {
    complain(fmt::format("{}: {} (see '{} --help')", name, error.what(), name));
    return exit_usage;
  }
  catch (const std::bad_alloc&)
  {
    // `complain` would need some.
    write_all(STDERR_FILENO, name);
    write_all(STDERR_FILENO, ": not enough memory (see ulimit -v)\n");
    return exit_failed;
  }
  catch (const std::exception& error)
  {
    complain(fmt::format("{}: {}", name, error.what()));
    return exit_failed;
  }
}

} // namespace poetry
