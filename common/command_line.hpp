#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace poetry {

/// The smallest and largest value that an option takes.
template <class T>
struct range
{
  T least;
  T most;
};

/// How an option appears in `--help`.
struct option
{
  std::string names; ///< `delay`, or `q,quiet` with a short form
  std::string help;
  std::string value = {}; ///< what stands for its value, such as `DUR`
};

/// A program's options. Each is declared with the variable that it sets; the variable's value at
/// that time is the default that `--help` shows, and stays when the option is not given. An empty
/// `std::optional` has no default.
class command_line
{
public:
  /// `operands` is what follows the options in the first line of the help, `examples` its last
  /// lines.
  command_line(const std::string& program, const std::string& summary, const std::string& operands,
    const std::string& examples);

  /// A switch, off unless given.
  void add(const option& option, bool& value);
  /// Text, which may not be empty: a variable that a script forgot to set must not turn the option
  /// off.
  void add(const option& option, std::string& value);
  /// The same, once for each time the option is given.
  void add(const option& option, std::vector<std::string>& values);
  /// One of `choices`.
  void add(const option& option, std::string& value, const std::vector<std::string>& choices);
  void add(const option& option, duration& value, range<duration> range);
  void add(const option& option, std::optional<duration>& value, range<duration> range);
  void add(const option& option, std::uint64_t& value, range<std::uint64_t> range);
  void add(const option& option, std::optional<std::uint64_t>& value, range<std::uint64_t> range);
  /// A number of bytes, which may end in `k` or `M`.
  void add_size(const option& option, std::uint64_t& value, range<std::uint64_t> range);
  /// Anything else: `read` gets the text, and throws `usage_error` when it makes no sense.
  /// `initial` is the default that `--help` shows; empty: none.
  void add(const option& option, const std::string& initial,
    std::function<void(const std::string& text)> read);

  /// Sets the variables. Returns false when the command line asked only for `--help` or
  /// `--version`, which are then printed. Throws `usage_error`, with the option's name, for an
  /// unknown option, a missing value, and a value that cannot be read or is out of range.
  bool parse(int argc, const char* const* argv);

  /// The arguments that are no options.
  const std::vector<std::string>& operands() const { return operands_; }

private:
  struct declared
  {
    option shown;
    std::string initial;
    bool* flag;                                        ///< what a switch sets, or null
    std::function<void(const std::string& text)> read; ///< is called with each text that is given
  };

  std::string program_;
  std::string usage_;
  std::string examples_;
  std::vector<declared> options_;
  std::vector<std::string> operands_;
};

} // namespace poetry
