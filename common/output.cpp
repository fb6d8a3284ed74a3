#include "common/output.hpp"

#include "common/text.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

const pid_t main_process = ::getpid();
std::function<void()> last_act;

/// Where a file is written until it is whole; a link stays one, also to a file that is not there
/// yet. Empty for what is no regular file: a link to a pipe, such as /dev/stdout, leads to no path.
std::string unfinished(std::string& path)
{
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error))
    return "";
  // Linux follows at most 40.
  for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links)
    path = fs::path(path).parent_path() / fs::read_symlink(path, error);
  return fmt::format("{}.{}", path, ::getpid());
}

[[noreturn]] void cannot_write(const std::string& path, int error)
{
  throw std::system_error(error, std::generic_category(), "cannot write " + path);
}

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

void check_writable(const std::string& path, std::size_t least)
{
  std::string place = path;
  const std::string trial = unfinished(place);
  // A pipe would wait for whoever reads it.
  if (trial.empty() && !std::filesystem::is_directory(place))
    return;
  const int old = ::open(place.c_str(), O_WRONLY | O_CLOEXEC);
  if (old < 0 && errno != ENOENT)
    cannot_write(path, errno);
  ::close(old);
  const int file = ::open(trial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    cannot_write(path, errno);
  const int error = least == 0 ? 0 : ::posix_fallocate(file, 0, static_cast<off_t>(least));
  ::close(file);
  ::unlink(trial.c_str());
  if (error != 0)
    cannot_write(path, error);
}

void write_file(const std::string& path, const std::function<void(std::ostream& out)>& write)
{
  std::string place = path;
  const std::string beside = unfinished(place);
  // However this ends: once renamed, nothing has that name.
  const struct remover
  {
    const std::string& name;
    ~remover() { ::unlink(name.c_str()); }
  } remover{beside};
  std::ofstream out(beside.empty() ? place : beside, std::ios::binary);
  if (out)
    write(out);
  out.close();
  if (!out || (!beside.empty() && std::rename(beside.c_str(), place.c_str()) != 0))
    cannot_write(path, errno);
}

bool is_terminal(int descriptor)
{
  const char* kind = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (kind == nullptr || std::string_view(kind) != "dumb");
}

} // namespace poetry
