#include "server/descriptor_limit.hpp"

#include <filesystem>
#include <iterator>
#include <sys/resource.h>
#include <system_error>

namespace poetry {
namespace {

constexpr std::uint64_t epoll_set_and_signal_pipe = 3;

std::uint64_t open_descriptors()
{
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error)
    return 3;
  const auto count = std::distance(begin(entries), end(entries));
  return static_cast<std::uint64_t>(count) - 1; // the folder itself is open, too
}

} // namespace

std::uint64_t readers_within_descriptor_limit(std::uint64_t listeners)
{
  ::rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  ::rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
    limit = raised;
  const std::uint64_t used = open_descriptors() + listeners + epoll_set_and_signal_pipe;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 1;
}

} // namespace poetry
