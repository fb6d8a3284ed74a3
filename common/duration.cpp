#include "common/duration.hpp"

#include "common/program.hpp"

#include <charconv>
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
  const auto count = std::chrono::nanoseconds(time).count();
  const bool is_short = time < std::chrono::seconds(1);
  std::string text = is_short
                       ? fmt::format("{}.{:06}", count / 1'000'000, count % 1'000'000)
                       : fmt::format("{}.{:09}", count / 1'000'000'000, count % 1'000'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.'))
    text.pop_back();
  return text + (is_short ? "ms" : "s");
}

std::string to_text(std::chrono::system_clock::time_point time)
{
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time_of_day(
    std::chrono::floor<std::chrono::microseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    time_of_day.hours().count(), time_of_day.minutes().count(), time_of_day.seconds().count(),
    time_of_day.subseconds().count());
}

} // namespace poetry
