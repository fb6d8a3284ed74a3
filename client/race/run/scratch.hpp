#pragma once

#include "client/race/plan/setting.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace poetry::race {

/// Removes a folder, also where a program took away the right to; what cannot be removed stays.
void remove_folder(const std::filesystem::path& folder);

/// The checksum that clients report.
std::uint32_t crc32_of(std::string_view text);

/// A private folder for what a race needs only while it runs. It is removed with this object, or
/// soon after the program has ended in any other way, even killed.
class scratch
{
public:
  /// Throws `std::system_error` when no folder can be made.
  scratch();
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  /// A new path in the folder; its name begins with `name`.
  std::filesystem::path new_path(const std::string& name);
  /// Makes a poem ready to be served: it is generated once for each size, or comes with the
  /// programs. Throws `std::system_error` when it cannot be written or read.
  void provide(slow_poem& poem);
  /// The process that removes the folder even when this one is killed; it leads a process group.
  pid_t cleaner() const { return cleaner_; }

private:
  std::filesystem::path folder_;
  pid_t cleaner_ = -1;
  int pipe_ = -1;
  /// Of the files of poems.
  std::map<std::string, std::uint32_t> checksums_;
  unsigned paths_ = 0;
};

} // namespace poetry::race
