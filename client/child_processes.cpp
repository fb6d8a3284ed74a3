#include "client/child_processes.hpp"

#include "client/download_error.hpp"
#include "client/incoming_poem.hpp"
#include "client/process_cost.hpp"
#include "client/run.hpp"
#include "common/last_error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace poetry {
namespace {

sigset_t child_signal()
{
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

} // namespace

child_processes::child_processes(poetry::run& run) : run_(run)
{
  // Blocked, the signal waits until wait() asks for it.
  const auto set = child_signal();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

child_processes::~child_processes()
{
  const auto set = child_signal();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void child_processes::start(incoming_poem& poem, const std::function<void()>& download)
{
  const int kept = poem.keeps() ? ::memfd_create("poem", MFD_CLOEXEC) : -1;
  const pid_t parent = ::getpid();
  const pid_t pid = kept < 0 && poem.keeps() ? -1 : ::fork();
  if (pid < 0)
  {
    poem.finished(last_error());
    ::close(kept);
  }
  else if (pid > 0)
    children_.emplace(pid, child{&poem, kept});
  else
  {
    // A child without its parent has nobody to tell.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      std::_Exit(1);
    // The ticks are the parent's: this copy of them would count each once more.
    run_.run_ticks_elsewhere(true);
    download();
    poem.hand_over(kept);
    run_.count_child_memory(measure_memory_share());
    std::_Exit(0);
  }
}

void child_processes::wait()
{
  const auto set = child_signal();
  while (!children_.empty())
  {
    run_.wait([&](time_point until) {
      const timespec timeout = to_timespec(std::max(until - clock::now(), duration{}));
      return ::sigtimedwait(&set, nullptr, &timeout) == SIGCHLD;
    });
    reap();
  }
}

void child_processes::reap()
{
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
  {
    const auto found = children_.find(pid);
    if (found == children_.end())
      continue;
    const auto [poem, kept] = found->second;
    children_.erase(found);
    if (!poem->ended())
      poem->finished(download_error::died);
    else
      poem->take_over(kept);
    ::close(kept);
  }
}

} // namespace poetry
