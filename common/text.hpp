#pragma once

#include <cstdint>
#include <string>

namespace poetry {

/// A length of time for people: `340 us`, `12.3 ms`, `10.101 s`.
std::string time_text(double seconds);

/// `3003 bytes`, `42 kB`, `4.2 MB`.
std::string bytes_text(double bytes);

/// `1 task`, `3 tasks`, `10,000 tasks`.
std::string count_text(std::uint64_t count, const std::string& noun);

} // namespace poetry
