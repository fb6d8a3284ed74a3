#include "client/race/run/stopping.hpp"

#include "client/run/interruption.hpp"
#include "common/program.hpp"

#include <atomic>
#include <cerrno>
#include <vector>

namespace poetry::race {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<std::uint64_t> stop_count = 0;
std::vector<pid_t> child_groups; ///< changed only while the signals are blocked

void tell_children(int signal)
{
  const int error = errno;
  for (const pid_t child : child_groups)
    ::kill(-child, signal);
  errno = error;
}

void go_on(int)
{
  ++stop_count;
  tell_children(SIGCONT);
}

void stop_all(int)
{
  tell_children(SIGTSTP);
  stop_as_by_default(stop_all);
  // Where no shell could continue it, it has not stopped.
  go_on(SIGCONT);
}

} // namespace

signals_blocked::signals_blocked()
{
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

signals_blocked::~signals_blocked()
{
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

stopping::stopping()
{
  catch_signal(SIGTSTP, stop_all, SA_RESTART);
  catch_signal(SIGCONT, go_on, SA_RESTART);
}

stopping::~stopping()
{
  std::signal(SIGTSTP, SIG_DFL);
  std::signal(SIGCONT, SIG_DFL);
}

std::uint64_t stopping::count()
{
  return stop_count;
}

void stopping::include(pid_t child)
{
  child_groups.push_back(child);
}

void stopping::forget(pid_t child)
{
  std::erase(child_groups, child);
}

} // namespace poetry::race
