#include "client/poem/poem_file.hpp"

#include "common/last_error.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace poetry {

poem_file::~poem_file()
{
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

std::error_code poem_file::open(const std::string& path)
{
  descriptor_ = ::open((path + ".part").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return descriptor_ < 0 ? last_error() : std::error_code();
}

std::error_code poem_file::write(std::span<const char> bytes)
{
  while (descriptor_ >= 0 && !bytes.empty())
  {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR)
      return last_error();
    bytes = bytes.subspan(static_cast<std::size_t>(written < 0 ? 0 : written));
  }
  return {};
}

std::error_code poem_file::close(const std::string& path, bool whole)
{
  if (descriptor_ < 0)
    return {};
  // Some file systems tell of a full disk only now.
  if (::close(std::exchange(descriptor_, -1)) < 0)
    return last_error();
  if (whole && std::rename((path + ".part").c_str(), path.c_str()) < 0)
    return last_error();
  return {};
}

} // namespace poetry
