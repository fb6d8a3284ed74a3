#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <sys/time.h>
#include <time.h>

namespace poetry {

/// The clock everything is measured with: it never jumps, and all processes of a machine share it.
using clock = std::chrono::steady_clock;
using duration = clock::duration;
using time_point = clock::time_point;

/// Reads a duration such as `100ms`, `1.5s` or `2`; a bare number is seconds.
/// Throws `usage_error` when `text` is anything else, negative or longer than a year.
duration parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back: `100ms`, `1.5s`, `0ms`.
std::string to_text(duration time);

/// The same as a `timespec`, for system calls.
timespec to_timespec(duration time);

/// CPU time, as the system counts it.
duration to_duration(const timeval& time);

/// The time of day in RFC 3339, in UTC, to the microsecond: `2026-11-26T09:30:00.000001Z`.
std::string to_text(std::chrono::system_clock::time_point time);

/// A duration as the floating point number of seconds that reports and JSON are written in.
inline double seconds(duration time)
{
  return std::chrono::duration<double>(time).count();
}

} // namespace poetry
