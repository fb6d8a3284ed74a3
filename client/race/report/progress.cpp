#include "client/race/report/progress.hpp"

#include "common/output.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry::race {

void progress::expect(std::uint64_t runs, double seconds)
{
  runs_ += runs;
  left_ += seconds;
}

void progress::next(const std::string& what, double seconds, std::uint64_t tasks)
{
  ++run_;
  what_ = what;
  tasks_ = tasks;
  left_ -= this_;
  this_ = seconds;
  began_ = clock::now();
  show("");
}

void progress::connected(std::uint64_t tasks)
{
  if (::isatty(STDERR_FILENO) != 0 || clock::now() > told_ + 10s)
    show(fmt::format("{} of {} connected, ", tasks, tasks_));
}

void progress::show(const std::string& details)
{
  told_ = clock::now();
  const double left = left_ - seconds(told_ - began_);
  const auto line = fmt::format(
    "Run {} of {}: {}, {}about {:.0f} s left", run_, runs_, what_, details, std::max(left, 0.0));
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
