#include "server/poem.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace poetry {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& name, const std::string& why)
{
  throw std::runtime_error(fmt::format("cannot serve '{}': {}", name, why));
}

std::string describe(int error)
{
  return std::generic_category().message(error);
}

/// Reads until end of file instead of asking for the size: a pipe is a poem too.
std::string read_whole(const std::string& name, const fs::path& path)
{
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    refuse(name, describe(errno));
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t bytes = 0;
  do
  {
    bytes = ::read(file, buffer.data(), buffer.size());
    if (bytes > 0)
      text.append(buffer.data(), static_cast<std::size_t>(bytes));
  } while ((bytes > 0 && text.size() <= longest_poem) || (bytes < 0 && errno == EINTR));
  const int error = errno;
  ::close(file);

  if (bytes < 0)
    refuse(name, describe(error));
  if (text.size() > longest_poem)
    refuse(name, "it is longer than 1 GiB");
  if (text.empty())
    refuse(name, "it is empty");
  text.shrink_to_fit();
  return text;
}

std::vector<std::string> poems_in(const fs::path& folder)
{
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

} // namespace

fs::path poems_folder()
{
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / POEMS_DIRECTORY;
}

poem load_poem(const std::string& operand, const fs::path& folder)
{
  std::error_code error;
  if (fs::exists(operand, error) || error)
    return {operand, read_whole(operand, operand)};
  for (const std::string& name : {operand, operand + ".txt"})
  {
    const bool is_plain_name = fs::path(name).filename() == name;
    if (is_plain_name && fs::is_regular_file(folder / name, error))
      return {"poems/" + name, read_whole(name, folder / name)};
  }
  const auto ours = poems_in(folder);
  refuse(operand, ours.empty() ? "no such file"
                               : fmt::format("no such file, nor a poem that comes with the program "
                                             "({})",
                                   fmt::join(ours, ", ")));
}

} // namespace poetry
