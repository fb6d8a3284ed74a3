#pragma once

#include <span>
#include <string>
#include <system_error>

namespace poetry {

/// A poem on disk that grows as the poem arrives. Until it is whole its name ends in `.part`; what
/// was written stays, whatever happens.
class poem_file
{
public:
  poem_file() = default;
  ~poem_file();
  poem_file(const poem_file&) = delete;
  poem_file& operator=(const poem_file&) = delete;

  /// Creates `path` with `.part` at its end, or empties the one that is there.
  std::error_code open(const std::string& path);
  /// Appends all of `bytes`; does nothing when no file is open.
  std::error_code write(std::span<const char> bytes);
  /// Closes the file; a whole poem loses its `.part`.
  std::error_code close(const std::string& path, bool whole);

private:
  int descriptor_ = -1;
};

} // namespace poetry
