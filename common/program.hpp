#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace poetry {

/// A command line that makes no sense; the text says what was wrong and what to type instead.
class usage_error : public std::runtime_error
{
public:
  using std::runtime_error::runtime_error;
};

/// The exit codes of every program. An interrupted one ends with 128 + the signal.
enum exit_code : int
{
  exit_success = 0,
  exit_failed = 1,
  exit_usage = 2
};

/// Calls `handler` on `signal`, with the flags of `sigaction`. A signal that is ignored stays so:
/// SIGHUP under `nohup`, SIGINT and SIGQUIT in the background of a script.
void catch_signal(int signal, void (*handler)(int), int flags = 0);

/// Raises the limit on open files as far as this process may, and returns it.
std::uint64_t raise_descriptor_limit();

/// Runs `body` and returns its exit code. An exception becomes one line on stderr that begins with
/// the program's name: exit 2 for a `usage_error`, 1 for any other. First the inherited signal
/// state is reset: no signal is blocked, and none is ignored except those that `catch_signal`
/// names, SIGPIPE, and SIGXFSZ (a closed pipe, or a file that may not grow, is an error of the
/// write).
int run_program(const std::string& name, const std::function<int()>& body);

} // namespace poetry
