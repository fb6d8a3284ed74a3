#include "common/program.hpp"

#include "common/output.hpp"

#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace poetry {
namespace {

/// If a standard descriptor is closed, the next file or socket would take its number, and with it
/// our output. So the gap is filled with a /dev/null opened the wrong way round: using it fails, as
/// using a closed one does.
void occupy_standard_descriptors()
{
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
  {
    if (::fcntl(descriptor, F_GETFD) < 0)
      (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

} // namespace

int run_program(const std::string& name, const std::function<int()>& body)
{
  // What cannot be written is an error where it is written, and no reason to be killed.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  occupy_standard_descriptors();
  try
  {
    return body();
  }
  catch (const usage_error& error)
  {
    complain(fmt::format("{}: {} (see '{} --help')", name, error.what(), name));
    return exit_usage;
  }
  catch (const std::exception& error)
  {
    complain(fmt::format("{}: {}", name, error.what()));
    return exit_failed;
  }
}

} // namespace poetry
