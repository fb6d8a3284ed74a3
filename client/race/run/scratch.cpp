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
std::string generate_poem(std::uint64_t bytes)
{
  std::string text;
  for (std::uint64_t line = 1; text.size() < bytes; ++line)
    text += fmt::format("and line {} waits for the line before,\n", line);
  text.resize(bytes);
  return text;
}

[[noreturn]] void fail(const char* what, const fs::path& path)
{
  throw std::system_error(
    errno, std::generic_category(), fmt::format("cannot {} {}", what, path.string()));
}

/// The poems are installed with the server, which need not be beside this program.
fs::path poems_folder()
{
  const auto programs = fs::canonical(find_program("slowpoetry")).parent_path();
  return (programs / "../share/slow-poetry/poems").lexically_normal();
}

} // namespace

scratch::scratch()
{
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "poetry-race.XXXXXX").string();
  if (error)
    throw std::system_error(error, "no folder for temporary files, which TMPDIR may name");
  if (::mkdtemp(path.data()) == nullptr)
    fail("make the folder", path);
  folder_ = path;
  before_the_end([this] { remove(); });
}

scratch::~scratch()
{
  before_the_end({});
  remove();
}

void scratch::remove()
{
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path scratch::new_path(const std::string& name)
{
  return folder_ / fmt::format("{}-{}", name, ++paths_);
}

const poem_on_disk& scratch::poem_for(const slow_poem& poem)
{
  const bool is_generated = poem.name.empty();
  const std::string name =
    is_generated ? fmt::format("poem-of-{}-bytes.txt", poem.bytes) : poem.name;
  const auto [place, is_new] = poems_.try_emplace(name);
  if (!is_new)
    return place->second;
  const fs::path file = (is_generated ? folder_ : poems_folder()) / name;
  if (is_generated && !(std::ofstream(file, std::ios::binary) << generate_poem(poem.bytes)).flush())
    fail("write", file);
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in)
    fail("read", file);
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  return place->second = {file, text.size(), static_cast<std::uint32_t>(crc)};
}

} // namespace poetry::race
