#include "common/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <mutex>
#include <string>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

const pid_t program = ::getpid();
std::function<void()> last_act;

bool write_whole(int descriptor, std::string_view text)
{
  while (!text.empty())
  {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN)
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
  // Other threads come to the same end, and wait here for it; a child leaves telling of it to its
  // parent.
  const int error = errno;
  static std::mutex ending;
  ending.lock();
  if (error != EPIPE && ::getpid() == program)
    complain(fmt::format("cannot write to stdout: {}", std::strerror(error)));
  if (last_act && ::getpid() == program)
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
