#include "client/run/interruption.hpp"

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

// A signal handler can reach nothing but globals. The signal's number lies in memory that child
// processes share, as the descriptor is theirs too: whoever gets the signal tells all of them.
std::atomic<int>* received = nullptr;
std::atomic<bool> deferred = false;
// Each process counts its own signals: Ctrl-C at a terminal goes to all of them, once.
std::atomic<bool> told = false;
std::atomic<void (*)()> last_step = nullptr;
int wake_descriptor = -1;

void handle(int signal)
{
  if (!deferred || told.exchange(true))
  {
    if (auto* const step = last_step.load())
      step();
    std::_Exit(128 + signal);
  }
  *received = signal;
  const std::uint64_t one = 1;
  const int before = errno;
  (void)!::write(wake_descriptor, &one, sizeof one);
  errno = before;
}

} // namespace

interruption::interruption()
{
  deferred = told = false;
  void* memory =
    ::mmap(nullptr, sizeof *received, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  wake_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (memory == MAP_FAILED || wake_descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an event descriptor");
  received = new (memory) std::atomic<int>(0);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
    catch_signal(signal, handle);
}

interruption::~interruption()
{
  deferred = false; // the handler stays, and uses the rest no more
  ::close(wake_descriptor);
  ::munmap(received, sizeof *received);
}

void interruption::defer()
{
  deferred = true;
}

void interruption::before_exit(void (*step)())
{
  last_step = step;
}

int interruption::signal() const
{
  return *received;
}

int interruption::descriptor() const
{
  return wake_descriptor;
}

} // namespace poetry
