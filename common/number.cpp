#include "common/number.hpp"

#include "common/program.hpp"

#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace poetry {
namespace {

struct leading_number
{
  std::uint64_t value = 0;
  std::string_view rest;
  bool valid = false;
};

leading_number read_digits(std::string_view text)
{
  leading_number result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value);
  result.valid = error == std::errc{};
  result.rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return result;
}

} // namespace

std::uint64_t parse_count(std::string_view text)
{
  const auto [value, rest, valid] = read_digits(text);
  if (!valid || !rest.empty())
    throw usage_error(fmt::format("'{}' is not a whole number; write one such as 30", text));
  return value;
}

std::uint64_t parse_size(std::string_view text)
{
  const auto [value, rest, valid] = read_digits(text);
  const std::uint64_t unit = rest.empty() ? 1 : rest == "k" ? 1024 : rest == "M" ? 1024 * 1024 : 0;
  if (!valid || unit == 0 || value > std::numeric_limits<std::uint64_t>::max() / unit)
    throw usage_error(
      fmt::format("'{}' is not a number of bytes; write one such as 30, 64k or 1M", text));
  return value * unit;
}

} // namespace poetry
