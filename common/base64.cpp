#include "common/base64.hpp"

#include <cstdint>
#include <stdexcept>

namespace poetry {
namespace {

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t value_of(char digit)
{
  const auto at = alphabet.find(digit);
  if (at == std::string_view::npos)
    throw std::runtime_error("it holds a text that is not base64");
  return static_cast<std::uint32_t>(at);
}

} // namespace

std::string from_base64(std::string_view text)
{
  if (text.size() % 4 != 0)
    throw std::runtime_error("it holds a text that is not base64");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (; !text.empty(); text.remove_prefix(4))
  {
    const std::size_t padding = text.size() > 4 || text[3] != '=' ? 0 : text[2] != '=' ? 1 : 2;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i)
      group = group << 6 | (i < 4 - padding ? value_of(text[i]) : 0);
    for (std::size_t i = 0; i < 3 - padding; ++i)
      bytes.push_back(static_cast<char>(group >> (16 - 8 * i) & 0xff));
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
