#include "common/duration.hpp"

#include "common/program.hpp"

#include <array>
#include <charconv>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace poetry {

duration parse_duration(std::string_view text)
{
  constexpr double longest = 365.0 * 24 * 3600;
  double value = -1;
  const auto [end, error] =
    std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const double scale = unit.empty() || unit == "s" ? 1 : unit == "ms" ? 1e-3 : 0;
  // Written so that "nan", which compares false with everything, is refused too.
  if (error != std::errc{} || scale == 0 || !(value >= 0 && value * scale <= longest))
    throw usage_error(
      fmt::format("'{}' is not a duration; write one such as 100ms, 1.5s or 2 (seconds)", text));
  return std::chrono::round<duration>(std::chrono::duration<double>(value * scale));
}

duration to_duration(const timeval& time)
{
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

timespec to_timespec(duration time)
{
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = whole.count(),
    .tv_nsec = static_cast<long>(std::chrono::nanoseconds(time - whole).count())};
}

std::string to_text(duration time)
{
  const bool is_short = time < std::chrono::seconds(1);
  const double nanoseconds = std::chrono::duration<double, std::nano>(time).count();
  std::array<char, 32> number;
  const auto end = std::to_chars(
    number.begin(), number.end(), nanoseconds / (is_short ? 1e6 : 1e9), std::chars_format::fixed);
  return std::string(number.begin(), end.ptr) + (is_short ? "ms" : "s");
}

std::string to_text(std::chrono::system_clock::time_point time)
{
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::microseconds>(time - second);
  return fmt::format(
    "{:%FT%T}.{:06}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(second)), rest.count());
}

} // namespace poetry
