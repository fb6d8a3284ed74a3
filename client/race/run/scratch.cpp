#include "client/race/run/scratch.hpp"

#include "client/race/run/child.hpp"
#include "common/output.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <zlib.h>

namespace fs = std::filesystem;

namespace poetry::race {
namespace {

/// Numbered lines: no part equals another, so a byte out of place shows.
void write_poem(const fs::path& file, std::uint64_t bytes)
{
  std::string text;
  for (std::uint64_t line = 1; text.size() < bytes; ++line)
    text += fmt::format("and line {} waits for the line before,\n", line);
  text.resize(bytes);
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush())
    throw std::system_error(
      errno, std::generic_category(), fmt::format("cannot write {}", file.string()));
}

poem_on_disk read_poem(const fs::path& file)
{
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in)
    throw std::system_error(
      errno, std::generic_category(), fmt::format("cannot read {}", file.string()));
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  return {file, text.size(), static_cast<std::uint32_t>(crc)};
}

/// The poems are installed with the server, which need not be beside this program.
fs::path poems_folder()
{
  const auto programs = fs::canonical(find_program("slowpoetry")).parent_path();
  return (programs / "../share/slow-poetry/poems").lexically_normal();
}

void remove_with_all(const fs::path& folder)
{
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

} // namespace

scratch::scratch()
{
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "poetry-race.XXXXXX").string();
  if (error)
    throw std::system_error(error, "no folder for temporary files, which TMPDIR may name");
  if (::mkdtemp(path.data()) == nullptr)
    throw std::system_error(
      errno, std::generic_category(), fmt::format("cannot make the folder {}", path));
  folder_ = path;
  before_the_end([folder = folder_] { remove_with_all(folder); });
}

scratch::~scratch()
{
  before_the_end({});
  remove_with_all(folder_);
}

fs::path scratch::new_path(const std::string& name)
{
  return folder_ / fmt::format("{}-{}", name, ++paths_);
}

const poem_on_disk& scratch::poem_for(const slow_poem& poem)
{
  const std::string name =
    poem.name.empty() ? fmt::format("poem-of-{}-bytes.txt", poem.bytes) : poem.name;
  if (const auto known = poems_.find(name); known != poems_.end())
    return known->second;
  if (!poem.name.empty())
    return poems_[name] = read_poem(poems_folder() / name);
  write_poem(folder_ / name, poem.bytes);
  return poems_[name] = read_poem(folder_ / name);
}

} // namespace poetry::race
