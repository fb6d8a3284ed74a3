#include "client/wait/child_processes.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/download_error.hpp"
#include "client/run/process_cost.hpp"
#include "client/run/run.hpp"
#include "common/last_error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace poetry {
namespace {

sigset_t child_signal()
{
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

/// Writes all of it; false, with the reason in errno, when that is impossible.
bool write_all(int descriptor, const void* from, std::size_t bytes)
{
  const auto* next = static_cast<const char*>(from);
  while (bytes > 0)
  {
    const auto written = ::write(descriptor, next, bytes);
    if (written < 0 && errno != EINTR)
      return false;
    next += std::max<ssize_t>(written, 0);
    bytes -= static_cast<std::size_t>(std::max<ssize_t>(written, 0));
  }
  return true;
}

/// Reads up to `bytes` from `at` on; returns how many there were.
std::size_t read_all(int descriptor, void* into, std::size_t bytes, std::size_t at)
{
  std::size_t done = 0;
  while (done < bytes)
  {
    const auto count = ::pread(
      descriptor, static_cast<char*>(into) + done, bytes - done, static_cast<off_t>(at + done));
    if (count == 0 || (count < 0 && errno != EINTR))
      break;
    done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return done;
}

/// Writes what a child has kept of its poem besides the record: the text, whose length the record
/// tells, then the slices.
bool hand_over(const run& run, const incoming_poem& poem, int descriptor)
{
  bool well = write_all(descriptor, poem.text().data(), poem.text().size());
  if (run.recorder() == nullptr)
    return well;
  for (const auto& log : run.recorder()->logs())
  {
    // In a chain the parent knew the slices of earlier children when this one was born.
    for (const slice& slice : log.slices)
    {
      if (slice.task == poem.record().task)
        well = well && write_all(descriptor, &slice, sizeof slice);
    }
  }
  return well;
}

/// Reads it, in the parent. What was cut off by the child's death is taken as far as it goes.
void take_over(run& run, incoming_poem& poem, int descriptor)
{
  std::string text(poem.record().bytes, '\0');
  text.resize(read_all(descriptor, text.data(), text.size(), 0));
  std::size_t at = text.size();
  poem.restore(std::move(text));
  if (run.recorder() == nullptr)
    return;
  std::vector<slice> slices;
  for (slice next{}; read_all(descriptor, &next, sizeof next, at) == sizeof next; at += sizeof next)
    slices.push_back(next);
  run.recorder()->add_child(poem.record().task, std::move(slices));
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
    if (poem.keeps() && !hand_over(run_, poem, kept))
      std::_Exit(1);
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
    else if (poem->keeps())
      take_over(run_, *poem, kept);
    ::close(kept);
  }
}

} // namespace poetry
