#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <cxxopts.hpp>
#include <string>
#include <vector>

namespace poetry {

/// The smallest and largest value an option takes.
template <class T>
struct range
{
  T least;
  T most;
};

/// A program's options: declared with their defaults, parsed once, then read as typed values. A
/// value that cannot be read or is out of range throws `usage_error` with the option's name and its
/// range.
class command_line
{
public:
  /// `operands` is what follows the options in the help's first line, `examples` its last lines.
  command_line(const std::string& program, const std::string& summary, const std::string& operands,
    std::string examples);

  cxxopts::OptionAdder add(const std::string& group = "") { return options_.add_options(group); }

  /// Returns false when the command line asked for nothing but `--help` or `--version`, which are
  /// then printed. Throws `usage_error` for an unknown option or a missing value.
  bool parse(int argc, const char* const* argv);

  /// True when the option was given, rather than left at its default.
  bool given(const std::string& option) const { return result_.count(option) != 0; }
  bool flag(const std::string& option) const { return result_[option].as<bool>(); }
  std::string text(const std::string& option) const;
  std::vector<std::string> texts(const std::string& option) const;
  /// Names of files or folders, of which none may be empty: a variable that a script forgot to set
  /// must not turn the option off. A path that was not given is empty.
  std::string path(const std::string& option) const;
  std::vector<std::string> paths(const std::string& option) const;
  std::uint64_t count(const std::string& option, range<std::uint64_t> range) const;
  std::uint64_t size(const std::string& option, range<std::uint64_t> range) const;
  duration time(const std::string& option, range<duration> range) const;
  /// One of `choices`, such as `auto`, `always` or `never`.
  std::string choice(const std::string& option, const std::vector<std::string>& choices) const;
  /// What stood on the command line beside the options.
  const std::vector<std::string>& operands() const { return result_.unmatched(); }

private:
  std::string program_;
  std::string examples_;
  cxxopts::Options options_;
  cxxopts::ParseResult result_;
};

} // namespace poetry
