#include "common/text.hpp"

#include "common/program.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

namespace poetry {
namespace {

constexpr std::string_view base64_digits =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads the number that `text` begins with, and takes it off. Returns false when there is none.
bool read_number(std::string_view& text, std::uint64_t& number)
{
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

/// Whether `text`, whose first character has this length, begins with a control character.
bool begins_with_control(std::string_view text, std::size_t length)
{
  const bool is_in_two_bytes = length == 2 && text[0] == '\xc2';
  const auto code = static_cast<unsigned char>(text[is_in_two_bytes ? 1 : 0]);
  return code < ' ' || (code >= 0x7f && code < 0xa0);
}

} // namespace

std::uint64_t parse_count(std::string_view text)
{
  std::uint64_t number = 0;
  std::string_view rest = text;
  if (!read_number(rest, number) || !rest.empty())
    throw usage_error(fmt::format("'{}' is not a whole number; write one such as 30", text));
  return number;
}

std::uint64_t parse_size(std::string_view text)
{
  std::uint64_t number = 0;
  std::string_view unit = text;
  const bool is_number = read_number(unit, number);
  const std::uint64_t bytes = unit.empty() ? 1 : unit == "k" ? 1024 : unit == "M" ? 1024 * 1024 : 0;
  if (!is_number || bytes == 0 || number > UINT64_MAX / bytes)
    throw usage_error(
      fmt::format("'{}' is not a number of bytes; write one such as 30, 64k or 1M", text));
  return number * bytes;
}

std::string time_text(double seconds)
{
  return seconds < 1e-3  ? fmt::format("{:.0f} us", seconds * 1e6)
         : seconds < 0.1 ? fmt::format("{:.1f} ms", seconds * 1e3)
                         : fmt::format("{:.3f} s", seconds);
}

std::string count_text(std::uint64_t count, const std::string& noun)
{
  auto digits = fmt::to_string(count);
  for (auto at = digits.size(); at > 3;)
    digits.insert(at -= 3, ",");
  return fmt::format("{} {}{}", digits, noun, count == 1 ? "" : "s");
}

std::string read_file(const std::string& path, std::uint64_t most)
{
  std::ifstream file(path, std::ios::binary);
  std::array<char, 16384> buffer; // a stack may be small
  std::string text;
  while (file && text.size() <= most)
  {
    file.read(buffer.data(), buffer.size());
    text.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file && !file.eof())
    throw std::system_error(errno, std::generic_category(), "cannot read " + path);
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string shell_text(const std::vector<std::string>& words)
{
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,./:@+";
  std::string text;
  for (const std::string& word : words)
  {
    const bool is_plain = !word.empty() && word.find_first_not_of(plain) == word.npos;
    text += text.empty() ? "" : " ";
    text += is_plain ? word : "'" + replaced(word, "'", "'\\''") + "'";
  }
  return text;
}

std::size_t utf8_length(std::string_view text)
{
  if (text.empty())
    return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return 1;
  const auto length = static_cast<std::size_t>(std::countl_one(first));
  if (length < 2 || length > 4 || text.size() < length)
    return 0;
  std::uint32_t code = first & (0x7fu >> length);
  for (const char c : text.substr(1, length - 1))
  {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (byte & 0x3f);
  }
  constexpr std::array<std::uint32_t, 3> least = {0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  return code < least[length - 2] || code > 0x10ffff || is_surrogate ? 0 : length;
}

std::string replace_controls(
  std::string_view text, const std::function<std::string_view(char)>& picture_of)
{
  std::string result;
  result.reserve(text.size());
  while (!text.empty())
  {
    const std::size_t length = utf8_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    result += begins_with_control(text, length) ? picture_of(text[0]) : character;
    text.remove_prefix(character.size());
  }
  return result;
}

bool locale_is_utf8()
{
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"})
  {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0')
      return ::strcasestr(name, "utf-8") != nullptr || ::strcasestr(name, "utf8") != nullptr;
  }
  return false;
}

std::string from_base64(std::string_view text)
{
  const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
  if (text.size() % 4 != 0 || text.size() - digits.size() > 2 ||
      digits.find_first_not_of(base64_digits) != std::string_view::npos)
    throw std::runtime_error("it holds a text that is not base64");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t held = 0;
  int bits = 0; // of `held` that are not in `bytes` yet
  for (const char digit : digits)
  {
    held = held << 6 | static_cast<std::uint32_t>(base64_digits.find(digit));
    bits += 6;
    if (bits >= 8)
    {
      bits -= 8;
      bytes.push_back(static_cast<char>(held >> bits & 0xff));
    }
  }
  return bytes;
}

std::string to_base64(std::string_view bytes)
{
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3)
  {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(at + i <= bytes.size() ? base64_digits[group >> (18 - 6 * i) & 63] : '=');
  }
  return text;
}

} // namespace poetry
