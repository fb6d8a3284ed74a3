#include "client/race/run/scratch.hpp"

#include "client/race/run/child.hpp"
#include "common/output.hpp"
#include "common/text.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <ostream>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <zlib.h>

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace poetry::race {
namespace {

/// Numbered lines: no part equals another, so a byte out of place shows.
std::string generate_poem(std::uint64_t bytes)
{
  std::string text;
  for (std::uint64_t line = 1; text.size() < bytes; ++line)
    text += fmt::format("and line {} waits for the line before,\n", line);
  text.resize(bytes);
  return text;
}

/// The poems are installed with the server, which need not be beside this program.
fs::path poems_folder()
{
  const auto programs = fs::canonical(find_program("slowpoetry")).parent_path();
  return (programs / "../share/slow-poetry/poems").lexically_normal();
}

/// A process of its own that removes `folder` once the pipe's other end is closed: it outlives the
/// race, which may be killed at any time.
[[noreturn]] void remove_after(int pipe, const fs::path& folder)
{
  ::setpgid(0, 0);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP})
    std::signal(signal, SIG_IGN);
  // A program that reads the race's output waits until all copies of the descriptor are closed.
  ::dup2(pipe, STDIN_FILENO);
  ::close_range(STDIN_FILENO + 1, ~0U, 0);
  char none = 0;
  while (::read(STDIN_FILENO, &none, 1) < 0 && errno == EINTR)
    continue;
  // The race's children, which are being killed, may still write into it.
  std::error_code ignored;
  for (int i = 0; i < 100 && fs::exists(folder, ignored); ++i)
  {
    remove_folder(folder);
    std::this_thread::sleep_for(10ms);
  }
  ::_exit(0);
}

} // namespace

void remove_folder(const fs::path& folder)
{
  std::error_code ignored;
  const auto allow = [&](const fs::path& path) {
    fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, ignored);
  };
  // A program may have put a link in its place.
  if (fs::is_symlink(folder, ignored))
  {
    fs::remove(folder, ignored);
    return;
  }
  allow(folder);
  for (fs::recursive_directory_iterator entry(folder, ignored), end; entry != end;
       entry.increment(ignored))
  {
    if (entry->symlink_status(ignored).type() == fs::file_type::directory)
      allow(entry->path());
  }
  fs::remove_all(folder, ignored);
}

std::uint32_t crc32_of(std::string_view text)
{
  const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
  return static_cast<std::uint32_t>(::crc32_z(0, bytes, text.size()));
}

scratch::scratch()
{
  const char* place = std::getenv("TMPDIR");
  auto path =
    fmt::format("{}/poetry-race.XXXXXX", place == nullptr || *place == '\0' ? "/tmp" : place);
  int pipe[2];
  if (::mkdtemp(path.data()) == nullptr || ::pipe2(pipe, O_CLOEXEC) < 0)
    throw std::system_error(
      errno, std::generic_category(), "no folder for temporary files, which TMPDIR may name");
  folder_ = path;
  cleaner_ = ::fork();
  if (cleaner_ == 0)
    remove_after(pipe[0], folder_);
  if (cleaner_ < 0)
  {
    fs::remove(folder_);
    throw std::system_error(errno, std::generic_category(), "cannot start another process");
  }
  ::setpgid(cleaner_, cleaner_);
  ::close(pipe[0]);
  pipe_ = pipe[1];
}

scratch::~scratch()
{
  remove_folder(folder_);
  ::close(pipe_);
  ::waitpid(cleaner_, nullptr, 0);
}

fs::path scratch::new_path(const std::string& name)
{
  return folder_ / fmt::format("{}-{}", name, ++paths_);
}

void scratch::provide(slow_poem& poem)
{
  poem.file = ((poem.is_generated ? folder_ : poems_folder()) / poem.file).string();
  const auto [known, is_new] = checksums_.try_emplace(poem.file);
  if (is_new && poem.is_generated)
    write_file(poem.file, [&](std::ostream& out) { out << generate_poem(poem.bytes); });
  if (is_new)
    known->second = crc32_of(read_file(poem.file, std::numeric_limits<std::uint64_t>::max()));
  poem.crc32 = known->second;
}

} // namespace poetry::race
