#include "common/base64.hpp"

#include <cstdint>
#include <stdexcept>

namespace poetry {
namespace {

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string from_base64(std::string_view text)
{
  const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
  if (text.size() % 4 != 0 || text.size() - digits.size() > 2 ||
      digits.find_first_not_of(alphabet) != std::string_view::npos)
    throw std::runtime_error("it holds a text that is not base64");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t held = 0;
  int bits = 0; // of `held` that are not in `bytes` yet
  for (const char digit : digits)
  {
    held = held << 6 | static_cast<std::uint32_t>(alphabet.find(digit));
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
      text.push_back(at + i <= bytes.size() ? alphabet[group >> (18 - 6 * i) & 63] : '=');
  }
  return text;
}

} // namespace poetry
