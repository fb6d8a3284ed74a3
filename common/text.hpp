#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace poetry {

/// Reads a whole number such as `30`. Throws `usage_error` when `text` is anything else.
std::uint64_t parse_count(std::string_view text);

/// Reads a number of bytes such as `30`, `64k` or `1M` (k = 1024, M = 1024 k).
/// Throws `usage_error` when `text` is anything else.
std::uint64_t parse_size(std::string_view text);

/// A length of time for people: `340 us`, `12.3 ms`, `10.101 s`.
std::string time_text(double seconds);

/// `1 task`, `3 tasks`, `10,000 tasks`.
std::string count_text(std::uint64_t count, const std::string& noun);

/// The bytes of the file `path`, and no more than a little over `most`. Throws `std::system_error`,
/// naming the file, when it cannot be read.
std::string read_file(const std::string& path, std::uint64_t most);

/// The length of the first character of `text` in valid UTF-8, 1 to 4 bytes; 0 when `text` does not
/// begin with one.
std::size_t utf8_length(std::string_view text);

/// `text` with every control character replaced by what `picture_of` returns for its first byte.
/// Those from U+0080 to U+009F count in their two bytes, and as the single byte that some terminals
/// obey.
std::string replace_controls(
  std::string_view text, const std::function<std::string_view(char)>& picture_of);

/// Whether the environment's locale (LC_ALL, LC_CTYPE, LANG) says that terminals show UTF-8.
bool locale_is_utf8();

/// The bytes that padded base64 stands for. Throws `std::runtime_error` when `text` is anything
/// else.
std::string from_base64(std::string_view text);

/// `bytes` as padded base64.
std::string to_base64(std::string_view bytes);

/// `text` with each `from` replaced by `to`.
std::string replaced(std::string text, std::string_view from, std::string_view to);

/// A command as a shell reads it: words are quoted where they must be.
std::string shell_text(const std::vector<std::string>& words);

} // namespace poetry
