#include "common/output.hpp"

#include "common/text.hpp"

#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <poll.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

const pid_t main_process = ::getpid();
std::function<void()> last_act;

} // namespace

bool write_all(int descriptor, std::string_view bytes)
{
  while (!bytes.empty())
  {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EAGAIN) // the descriptor was inherited as non-blocking
    {
      pollfd writable = {.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    }
    else if (written < 0 && errno != EINTR)
      return false;
    if (written > 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void say(std::string_view text)
{
  if (write_all(STDOUT_FILENO, fmt::format("{}\n", text)))
    return;
  // Only one thread complains, the others wait here for the program's end; a child process leaves
  // it to its parent.
  const int error = errno;
  static std::mutex ending;
  ending.lock();
  if (error != EPIPE && ::getpid() == main_process)
    complain(fmt::format("{}: cannot write to stdout: {}", program_invocation_short_name,
      std::generic_category().message(error)));
  if (last_act && ::getpid() == main_process)
    last_act();
  std::_Exit(1);
}

void before_the_end(std::function<void()> act)
{
  last_act = std::move(act);
}

void complain(std::string_view text)
{
  write_all(STDERR_FILENO, replace_controls(text, [](char) { return "?"; }) + '\n');
}

void complain_of_memory(std::string_view program)
{
  for (const auto part : {program, std::string_view(": not enough memory (see ulimit -v)\n")})
    write_all(STDERR_FILENO, part);
}

bool is_terminal(int descriptor)
{
  const char* kind = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (kind == nullptr || std::string_view(kind) != "dumb");
}

} // namespace poetry
