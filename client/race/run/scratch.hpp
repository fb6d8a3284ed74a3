#pragma once

#include "client/race/plan/setting.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace poetry::race {

/// A poem as a file, what a correct download of it must show, and who serves it.
struct served_poem
{
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;
  /// The server's fault and its address, such as `127.0.0.1:10000`.
  std::string fault = {};
  std::string server = {};
};

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
  /// The poem to serve, which has no server yet: generated once for each size, or one that comes
  /// with the programs. Throws `std::system_error` when it cannot be written or read.
  served_poem poem_for(const slow_poem& poem);
  /// The process that removes the folder, whoever else is killed; it leads a group of its own.
  pid_t cleaner() const { return cleaner_; }

private:
  std::filesystem::path folder_;
  pid_t cleaner_ = -1;
  int pipe_ = -1;
  std::map<std::string, served_poem> poems_;
  unsigned paths_ = 0;
};

} // namespace poetry::race
