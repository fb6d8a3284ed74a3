#include "common/output.hpp"

#include <algorithm>
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

bool write_whole(int descriptor, std::string_view text)
{
  while (!text.empty())
  {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EAGAIN) // whoever started us has made it non-blocking
    {
      pollfd writable = {.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    }
    else if (written < 0 && errno != EINTR)
      return false;
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool is_control(char c)
{
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

bool write_line(int descriptor, std::string_view text)
{
  std::string line;
  line.reserve(text.size() + 1);
  line.append(text).push_back('\n');
  return write_whole(descriptor, line);
}

} // namespace

void say(std::string_view text)
{
  if (write_line(STDOUT_FILENO, text))
    return;
  // Other threads that fail here wait for the end, so one of them complains; a child leaves that to
  // its parent.
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
  std::string line(text);
  std::ranges::replace_if(line, is_control, '?');
  write_line(STDERR_FILENO, line);
}

} // namespace poetry
