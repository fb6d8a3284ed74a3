#include "client/race/report/progress.hpp"

#include "common/output.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

namespace poetry::race {

void progress::next(const std::string& what, double seconds)
{
  const auto line =
    fmt::format("Run {} of {}: {}, about {:.0f} s left", ++run_, runs_, what, std::max(left_, 0.0));
  left_ -= seconds;
  if (::isatty(STDERR_FILENO) == 0)
    return complain(line);
  const auto text = fmt::format("\r{}\x1b[K", line);
  shown_ = ::write(STDERR_FILENO, text.data(), text.size()) > 0;
}

void progress::clear()
{
  constexpr std::string_view erase = "\r\x1b[K";
  if (shown_)
    (void)!::write(STDERR_FILENO, erase.data(), erase.size());
  shown_ = false;
}

} // namespace poetry::race
