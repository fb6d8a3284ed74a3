#pragma once

#include "common/program.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// Called by libFuzzer with whatever it makes of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace poetry::testing {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size)
{
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the program, as a crash does, when what must hold does not.
inline void expect(bool fact)
{
  if (!fact)
    std::abort();
}

/// Calls `read`, which may do nothing worse than throw `usage_error`.
template <class Read>
void refuse_or(Read read)
{
  try
  {
    read();
  }
  catch (const usage_error&)
  {
    // It was refused.
  }
}

/// Calls `parse(argc, argv)` with an argument for each line of `text`.
template <class Parse>
void parse_lines(std::string_view text, Parse parse)
{
  std::vector<std::string> words = {"program"};
  for (std::size_t end = 0; end != text.npos; text.remove_prefix(end == text.npos ? 0 : end + 1))
  {
    end = text.find('\n');
    words.emplace_back(text.substr(0, end));
  }
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  refuse_or([&] { parse(static_cast<int>(words.size()), argv.data()); });
}

} // namespace poetry::testing
