#pragma once

#include <cstdint>
#include <string_view>

namespace poetry {

/// Reads a whole number such as `30`. Throws `usage_error` when `text` is anything else.
std::uint64_t parse_count(std::string_view text);

/// Reads a number of bytes such as `30`, `64k` or `1M` (k = 1024, M = 1024 k).
/// Throws `usage_error` when `text` is anything else.
std::uint64_t parse_size(std::string_view text);

} // namespace poetry
