#pragma once

#include <filesystem>
#include <string>

namespace poetry {

struct fault;
struct script;

/// A poem as it is on disk: bytes, which need not be text.
struct poem
{
  std::string name;
  std::string text;
};

/// The longest poem there may be: an offset into it fits into 32 bits.
inline constexpr std::size_t longest_poem = std::size_t(1) << 30;

/// The folder of the poems that come with the program: in the same place relative to it in the
/// build tree as after installation.
std::filesystem::path poems_folder();

/// Reads the poem in the file `operand`, or else the one of that name in `folder`. Throws
/// `std::runtime_error`, which says what is wrong, when there is none, it cannot be read, or it is
/// empty or too long.
poem load_poem(const std::string& operand, const std::filesystem::path& folder);

/// The line that says what is served where, and how long that takes:
/// `Serving poems/NAME.txt on 127.0.0.1:10000 (3003 bytes, 10 every 100 ms, 30.1 s).` A fault is
/// named at its end.
std::string announcement(
  const poem& poem, const std::string& address, const script& script, const fault& fault);

} // namespace poetry
