#include "common/interruption.hpp"

#include "common/program.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace poetry {
namespace {

using namespace std::chrono_literals;

// A signal handler can reach nothing but globals. The signal's number lies in memory that child
// processes share, like the descriptor: the process that gets the signal stops all of them.
std::atomic<int>* received = nullptr;
std::atomic<bool> deferred = false;
// Each process counts its own signals: Ctrl-C at a terminal goes to all of them, once.
std::atomic<bool> told = false;
std::atomic<void (*)()> last_step = nullptr;
int wake_descriptor = -1;

void handle(int signal)
{
  const bool is_first = deferred && !told.exchange(true);
  if (is_first)
    *received = signal;
  // A wait that cannot be ended might never end.
  if (is_first && interruption::wake())
    return;
  if (auto* const step = last_step.load())
    step();
  std::_Exit(128 + signal);
}

std::atomic<time_point> last_activity;
std::atomic<duration> silence; ///< the last long time without activity
std::atomic<time_point> silence_end;
std::atomic<duration> stopped;

static_assert(std::atomic<time_point>::is_always_lock_free, "a signal handler must not lock");

void go_on(int)
{
  const auto now = clock::now();
  note_activity(now);
  // Another thread may have been active just before.
  if (now - silence_end.load() < 100ms)
    stopped = stopped.load() + silence.exchange({});
}

} // namespace

interruption::interruption()
{
  deferred = told = false;
  // Both stay until the program has ended: until then a handler may use them.
  void* memory =
    ::mmap(nullptr, sizeof *received, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  wake_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (memory == MAP_FAILED || wake_descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an event descriptor");
  received = new (memory) std::atomic<int>(0);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
    catch_signal(signal, handle);
}

void interruption::defer()
{
  deferred = true;
}

void interruption::before_exit(void (*step)())
{
  last_step = step;
}

bool interruption::wake()
{
  const std::uint64_t one = 1;
  const int before = errno;
  const bool is_woken = ::write(wake_descriptor, &one, sizeof one) == sizeof one;
  errno = before;
  return is_woken;
}

int interruption::signal() const
{
  return *received;
}

int interruption::descriptor() const
{
  return wake_descriptor;
}

void measure_stops()
{
  last_activity = clock::now();
  silence = stopped = duration{};
  catch_signal(SIGCONT, go_on, SA_RESTART);
}

duration time_stopped()
{
  return stopped;
}

void note_activity(time_point now)
{
  const duration time = now - last_activity.exchange(now, std::memory_order_relaxed);
  if (time <= 10ms)
    return;
  silence = time;
  silence_end = now;
}

void stop_as_by_default(void (*handler)(int))
{
  sigset_t stop;
  sigset_t before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  std::signal(SIGTSTP, SIG_DFL);
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, &before); // here it stops
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  catch_signal(SIGTSTP, handler, SA_RESTART);
}

} // namespace poetry
