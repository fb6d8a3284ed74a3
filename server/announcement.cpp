#include "server/announcement.hpp"

#include "common/output.hpp"
#include "common/text.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>
#include <stdexcept>

namespace poetry {
namespace {

std::string milliseconds(duration time)
{
  return fmt::format("{:.6g} ms", seconds(time) * 1e3);
}

} // namespace

std::string announcement(
  const poem& poem, const std::string& address, const script& script, const fault& fault)
{
  // Control characters in a file name must not break the line.
  const std::string name = replace_controls(poem.name, [](char) { return "?"; });
  const auto bytes = poem.text.size();
  std::string pace;
  if (script.pace.delay + script.jitter == duration::zero())
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

void replace_file(const std::string& file, const std::vector<std::string>& lines)
{
  const auto status = std::filesystem::symlink_status(file);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw std::runtime_error(
      fmt::format("cannot write the file '{}': there is something that is no regular file", file));
  write_file(file, [&](std::ostream& out) { out << fmt::format("{}\n", fmt::join(lines, "\n")); });
}

} // namespace poetry
