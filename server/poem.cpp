#include "server/poem.hpp"

#include "common/text.hpp"
#include "server/fault.hpp"
#include "server/recital.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>
#include <sys/auxv.h>
#include <system_error>
#include <vector>

namespace poetry {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& name, const std::string& why)
{
  throw std::runtime_error(fmt::format("cannot serve '{}': {}", name, why));
}

std::string read_whole(const std::string& name, const fs::path& path)
{
  std::string text = read_file(path, longest_poem);
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

std::string milliseconds(duration time)
{
  return fmt::format("{:.6g} ms", seconds(time) * 1e3);
}

} // namespace

fs::path poems_folder()
{
  std::error_code error;
  auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) // there is no /proc
    program = fs::weakly_canonical(reinterpret_cast<const char*>(::getauxval(AT_EXECFN)), error);
  return program.parent_path().parent_path() / POEMS_DIRECTORY;
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
  const auto names = poems_in(folder);
  refuse(operand, names.empty()
                    ? "no such file"
                    : fmt::format("no such file, nor a poem that comes with the program ({})",
                        fmt::join(names, ", ")));
}

std::string announcement(
  const poem& poem, const std::string& address, const script& script, const fault& fault)
{
  // Control characters in a file name must not break the line.
  const std::string name = replace_controls(poem.name, [](char) { return "?"; });
  const auto bytes = poem.text.size();
  std::string pace;
  if (script.has_no_pauses())
    pace = "as fast as it goes";
  else if (script.jitter == duration::zero())
    pace = fmt::format("{} every {}, {:.1f} s", script.pace.num_bytes,
      milliseconds(script.pace.delay), seconds(recital_time(bytes, script.pace)));
  else
    pace = fmt::format("{} every {} to {}, seed {}, about {:.1f} s", script.pace.num_bytes,
      milliseconds(script.pace.delay), milliseconds(script.pace.delay + script.jitter), script.seed,
      seconds(recital_time(bytes, {script.pace.num_bytes, script.pace.delay + script.jitter / 2})));
  const std::string broken = describe(fault, bytes);
  return fmt::format("Serving {} on {} ({} bytes, {}{}{}).", name, address, bytes, pace,
    broken.empty() ? "" : "; ", broken);
}

} // namespace poetry
