#include "common/command_line.hpp"

#include "common/number.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poetry {
namespace {

/// Parses an option's text and holds it against its range, naming the option in every complaint.
template <class Parse, class T, class Print>
T parse_in_range(
  const std::string& option, const std::string& text, Parse parse, range<T> range, Print print)
{
  T value;
  try
  {
    value = parse(text);
  }
  catch (const usage_error& error)
  {
    throw usage_error(fmt::format(
      "--{}: {}, from {} to {}", option, error.what(), print(range.least), print(range.most)));
  }
  if (value < range.least || value > range.most)
    throw usage_error(fmt::format(
      "--{} {}: it must be from {} to {}", option, text, print(range.least), print(range.most)));
  return value;
}

const std::string& refuse_empty(const std::string& option, const std::string& path)
{
  if (path.empty())
    throw usage_error(fmt::format("--{}: its value is empty; write a name", option));
  return path;
}

std::string print_number(std::uint64_t value)
{
  return fmt::format("{}", value);
}

std::string print_size(std::uint64_t value)
{
  constexpr std::uint64_t k = 1024;
  return value >= k * k && value % (k * k) == 0 ? fmt::format("{}M", value / (k * k))
         : value >= k && value % k == 0         ? fmt::format("{}k", value / k)
                                                : fmt::format("{}", value);
}

} // namespace

command_line::command_line(const std::string& program, const std::string& summary,
  const std::string& operands, std::string examples)
  : program_(program), examples_(std::move(examples)), options_(program, summary)
{
  options_.custom_help("[options] " + operands);
  options_.set_width(100);
}

bool command_line::parse(int argc, const char* const* argv)
{
  auto add = options_.add_options();
  add("h,help", "show this help");
  add("version", "show the version");
  try
  {
    result_ = options_.parse(argc, argv);
  }
  catch (const cxxopts::exceptions::exception& error)
  {
    throw usage_error(error.what());
  }
  if (given("help"))
    say(options_.help() + "\n" + examples_);
  else if (given("version"))
    say(fmt::format("{} {}", program_, SLOW_POETRY_VERSION));
  return !given("help") && !given("version");
}

std::string command_line::text(const std::string& option) const
{
  return result_[option].as<std::string>();
}

std::vector<std::string> command_line::texts(const std::string& option) const
{
  return given(option) ? result_[option].as<std::vector<std::string>>()
                       : std::vector<std::string>();
}

std::string command_line::path(const std::string& option) const
{
  return given(option) ? refuse_empty(option, text(option)) : "";
}

std::vector<std::string> command_line::paths(const std::string& option) const
{
  auto values = texts(option);
  for (const auto& value : values)
    refuse_empty(option, value);
  return values;
}

std::uint64_t command_line::count(const std::string& option, range<std::uint64_t> range) const
{
  return parse_in_range(option, text(option), parse_count, range, print_number);
}

std::uint64_t command_line::size(const std::string& option, range<std::uint64_t> range) const
{
  return parse_in_range(option, text(option), parse_size, range, print_size);
}

duration command_line::time(const std::string& option, range<duration> range) const
{
  return parse_in_range(
    option, text(option), parse_duration, range, [](duration value) { return to_text(value); });
}

std::string command_line::choice(
  const std::string& option, const std::vector<std::string>& choices) const
{
  auto value = text(option);
  if (std::ranges::find(choices, value) == choices.end())
    throw usage_error(
      fmt::format("--{} {}: it must be {}", option, value, fmt::join(choices, ", ")));
  return value;
}

} // namespace poetry
