#pragma once

#include <filesystem>
#include <string>

namespace poetry {

/// A poem as it is on disk: bytes, which need not be text.
struct poem
{
  std::string name;
  std::string text;
};

/// The longest poem there may be: an offset into it fits into 31 bits.
inline constexpr std::size_t longest_poem = std::size_t(1) << 30;

/// The folder of the poems that come with the program: in the same place relative to it in the
/// build tree as after installation.
std::filesystem::path poems_folder();

/// Reads the poem in the file `operand`, or else the one of that name in `folder`. Throws
/// `std::runtime_error`, which says what is wrong, when there is none, it cannot be read, or it is
/// empty or too long.
poem load_poem(const std::string& operand, const std::filesystem::path& folder);

} // namespace poetry
