#include "common/text.hpp"

#include <fmt/format.h>

namespace poetry {

std::string time_text(double seconds)
{
  return seconds < 1e-3  ? fmt::format("{:.0f} us", seconds * 1e6)
         : seconds < 0.1 ? fmt::format("{:.1f} ms", seconds * 1e3)
                         : fmt::format("{:.3f} s", seconds);
}

std::string bytes_text(double bytes)
{
  return bytes < 10e3   ? fmt::format("{:.0f} bytes", bytes)
         : bytes < 1e6  ? fmt::format("{:.0f} kB", bytes / 1e3)
         : bytes < 10e6 ? fmt::format("{:.1f} MB", bytes / 1e6)
                        : fmt::format("{:.0f} MB", bytes / 1e6);
}

std::string count_text(std::uint64_t count, const std::string& noun)
{
  auto digits = fmt::format("{}", count);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return fmt::format("{} {}{}", digits, noun, count == 1 ? "" : "s");
}

} // namespace poetry
