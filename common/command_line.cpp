#include "common/command_line.hpp"

#include "common/output.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

// A comma in a file name does not make two files of it.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX // <regex> would take half of this file's time to compile
#include <cxxopts.hpp>

namespace poetry {
namespace {

std::string print_size(std::uint64_t value)
{
  constexpr std::uint64_t k = 1024;
  return value >= k * k && value % (k * k) == 0 ? fmt::format("{}M", value / (k * k))
         : value >= k && value % k == 0         ? fmt::format("{}k", value / k)
                                                : fmt::to_string(value);
}

/// How a number is read, and shown in messages.
template <class T>
struct notation
{
  T (*parse)(std::string_view text);
  std::string (*print)(T value);
};

constexpr notation<duration> times = {parse_duration, to_text};
constexpr notation<std::uint64_t> counts = {
  parse_count, [](std::uint64_t value) { return fmt::to_string(value); }};
constexpr notation<std::uint64_t> sizes = {parse_size, print_size};

/// A function that sets `value` to a number in that notation.
template <class T, class Value>
auto number_reader(const notation<T>& notation, Value& value, range<T> range)
{
  return [&notation, &value, range](const std::string& text) {
    const auto bounds =
      fmt::format("from {} to {}", notation.print(range.least), notation.print(range.most));
    T number;
    try
    {
      number = notation.parse(text);
    }
    catch (const usage_error& error)
    {
      throw usage_error(fmt::format("{}, {}", error.what(), bounds));
    }
    if (number < range.least || number > range.most)
      throw usage_error(fmt::format("'{}' must be {}", text, bounds));
    value = number;
  };
}

const std::string& name_in(const std::string& text)
{
  if (text.empty())
    throw usage_error("its value is empty; write a name");
  return text;
}

} // namespace

command_line::command_line(const std::string& program, const std::string& summary,
  const std::string& operands, const std::string& examples)
  : program_(program),
    usage_(fmt::format(
      "Usage: {} [options]{}{}\n{}", program, operands.empty() ? "" : " ", operands, summary)),
    examples_(examples)
{
}

void command_line::add(const option& option, bool& value)
{
  options_.push_back({option, "", &value, nullptr});
}

void command_line::add(const option& option, std::string& value)
{
  add(option, value, [&value](auto& text) { value = name_in(text); });
}

void command_line::add(const option& option, std::vector<std::string>& values)
{
  add(option, "", [&values](auto& text) { values.push_back(name_in(text)); });
}

void command_line::add(
  const option& option, std::string& value, const std::vector<std::string>& choices)
{
  add(option, value, [&value, choices](auto& text) {
    if (std::ranges::find(choices, text) == choices.end())
      throw usage_error(fmt::format("'{}' must be one of {}", text, fmt::join(choices, ", ")));
    value = text;
  });
}

void command_line::add(const option& option, duration& value, range<duration> range)
{
  add(option, to_text(value), number_reader(times, value, range));
}

void command_line::add(const option& option, std::optional<duration>& value, range<duration> range)
{
  add(option, "", number_reader(times, value, range));
}

void command_line::add(const option& option, std::uint64_t& value, range<std::uint64_t> range)
{
  add(option, fmt::to_string(value), number_reader(counts, value, range));
}

void command_line::add(
  const option& option, std::optional<std::uint64_t>& value, range<std::uint64_t> range)
{
  add(option, "", number_reader(counts, value, range));
}

void command_line::add_size(const option& option, std::uint64_t& value, range<std::uint64_t> range)
{
  add(option, print_size(value), number_reader(sizes, value, range));
}

void command_line::add(const option& option, const std::string& initial,
  std::function<void(const std::string& text)> read)
{
  options_.push_back({option, initial, nullptr, std::move(read)});
}

bool command_line::parse(int argc, const char* const* argv)
{
  using texts = std::vector<std::string>;
  cxxopts::Options options(program_);
  options.custom_help("").set_width(100);
  for (const auto& [shown, initial, flag, read] : options_)
  {
    const auto kind = flag ? cxxopts::value(*flag) : cxxopts::value<texts>();
    if (!initial.empty())
      kind->default_value(initial);
    options.add_options()(shown.names, shown.help, kind, shown.value);
  }
  options.add_options()("h,help", "show this help")("version", "show the version");
  cxxopts::ParseResult result;
  try
  {
    result = options.parse(argc, argv);
  }
  catch (const cxxopts::exceptions::exception& error)
  {
    throw usage_error(error.what());
  }
  if (result.count("help") != 0)
    say(usage_ + options.help({}, false) + "\n" + examples_);
  else if (result.count("version") != 0)
    say(fmt::format("{} {}", program_, SLOW_POETRY_VERSION));
  if (result.count("help") + result.count("version") != 0)
    return false;

  operands_ = result.unmatched();
  for (const auto& [shown, initial, flag, read] : options_)
  {
    const auto name = shown.names.substr(shown.names.find(',') + 1); // `quiet` of `q,quiet`
    if (!read || result.count(name) == 0)
      continue;
    try
    {
      std::ranges::for_each(result[name].as<texts>(), read);
    }
    catch (const usage_error& error)
    {
      throw usage_error(fmt::format("--{}: {}", name, error.what()));
    }
  }
  return true;
}

} // namespace poetry
