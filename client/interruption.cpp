#include "client/interruption.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace poetry {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<int> received = 0;
std::atomic<bool> deferred = false;
int wake_descriptor = -1;

void handle(int signal)
{
  if (!deferred || received != 0)
    std::_Exit(128 + signal);
  received = signal;
  const std::uint64_t one = 1;
  const int before = errno;
  (void)!::write(wake_descriptor, &one, sizeof one);
  errno = before;
}

} // namespace

interruption::interruption()
{
  received = 0;
  deferred = false;
  wake_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_descriptor < 0)
    throw std::system_error(errno, std::system_category(), "cannot open an event descriptor");
  struct sigaction action = {};
  action.sa_handler = handle;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

interruption::~interruption()
{
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  ::close(wake_descriptor);
}

void interruption::defer()
{
  deferred = true;
}

int interruption::signal() const
{
  return received;
}

int interruption::descriptor() const
{
  return wake_descriptor;
}

} // namespace poetry
