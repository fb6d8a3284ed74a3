#include "common/program.hpp"

#include "common/output.hpp"

#include <csignal>
#include <fmt/format.h>

namespace poetry {

int run_program(const std::string& name, const std::function<int()>& body)
{
  std::signal(SIGPIPE, SIG_IGN);
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
