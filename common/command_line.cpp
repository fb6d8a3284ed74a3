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

std::string print_count(std::uint64_t value)
{
  return fmt::format("{}", value);
}

std::string print_size(std::uint64_t value)
{
  constexpr std::uint64_t k = 1024;
  return value >= k * k && value % (k * k) == 0 ? fmt::format("{}M", value / (k * k))
         : value >= k && value % k == 0         ? fmt::format("{}k", value / k)
                                                : print_count(value);
}

std::string print_time(duration value)
{
  return to_text(value);
}

/// `quiet` of `q,quiet`.
std::string long_name(const option& option)
{
  return option.names.substr(option.names.find(',') + 1);
}

/// A function that sets `value` to a text if that is not empty.
auto read_name(const option& option, std::function<void(const std::string&)> set)
{
  return [name = long_name(option), set = std::move(set)](const std::string& text) {
    if (text.empty())
      throw usage_error(fmt::format("--{}: its value is empty; write a name", name));
    set(text);
  };
}

} // namespace

struct command_line::parser
{
  using read_function = std::function<void(const std::string& text)>;

  /// `read` is called with each text that is given for the option.
  void add(const option& option, const std::string& initial, read_function read)
  {
    const auto kind = cxxopts::value<std::vector<std::string>>();
    if (!initial.empty())
      kind->default_value(initial);
    options.add_options()(option.names, option.help, kind, option.value);
    readers.emplace_back(long_name(option), std::move(read));
  }

  /// A number that is read with `parse`, and shown in messages with `print`.
  template <class T, class Value, class Parse, class Print>
  void add_number(const option& option, const std::string& initial, Value& value, range<T> range,
    Parse parse, Print print)
  {
    add(option, initial, [&value, range, parse, print, name = long_name(option)](auto& text) {
      const auto bounds = fmt::format("from {} to {}", print(range.least), print(range.most));
      T number;
      try
      {
        number = parse(text);
      }
      catch (const usage_error& error)
      {
        throw usage_error(fmt::format("--{}: {}, {}", name, error.what(), bounds));
      }
      if (number < range.least || number > range.most)
        throw usage_error(fmt::format("--{} {}: it must be {}", name, text, bounds));
      value = number;
    });
  }

  std::string program;
  std::string usage;
  std::string examples;
  cxxopts::Options options;
  cxxopts::ParseResult result = {};
  std::vector<std::pair<std::string, read_function>> readers = {};
};

command_line::command_line(const std::string& program, const std::string& summary,
  const std::string& operands, std::string examples)
  : parser_(new parser{program,
      fmt::format(
        "Usage: {} [options]{}{}\n{}", program, operands.empty() ? "" : " ", operands, summary),
      std::move(examples), cxxopts::Options(program)})
{
  parser_->options.custom_help("").set_width(100);
}

command_line::~command_line() = default;

void command_line::add(const option& option, bool& value)
{
  parser_->options.add_options()(option.names, option.help, cxxopts::value(value));
}

void command_line::add(const option& option, std::string& value)
{
  parser_->add(option, value, read_name(option, [&value](auto& text) { value = text; }));
}

void command_line::add(const option& option, std::vector<std::string>& values)
{
  parser_->add(option, "", read_name(option, [&values](auto& text) { values.push_back(text); }));
}

void command_line::add(
  const option& option, std::string& value, const std::vector<std::string>& choices)
{
  parser_->add(option, value, [&value, choices, name = long_name(option)](auto& text) {
    if (std::ranges::find(choices, text) == choices.end())
      throw usage_error(
        fmt::format("--{} {}: it must be {}", name, text, fmt::join(choices, ", ")));
    value = text;
  });
}

void command_line::add(const option& option, duration& value, range<duration> range)
{
  parser_->add_number(option, print_time(value), value, range, parse_duration, print_time);
}

void command_line::add(const option& option, std::optional<duration>& value, range<duration> range)
{
  parser_->add_number(option, "", value, range, parse_duration, print_time);
}

void command_line::add(const option& option, std::uint64_t& value, range<std::uint64_t> range)
{
  parser_->add_number(option, print_count(value), value, range, parse_count, print_count);
}

void command_line::add(
  const option& option, std::optional<std::uint64_t>& value, range<std::uint64_t> range)
{
  parser_->add_number(option, "", value, range, parse_count, print_count);
}

void command_line::add_size(const option& option, std::uint64_t& value, range<std::uint64_t> range)
{
  parser_->add_number(option, print_size(value), value, range, parse_size, print_size);
}

void command_line::add(const option& option, const std::string& initial,
  std::function<void(const std::string& text)> read)
{
  parser_->add(option, initial, [read = std::move(read), name = long_name(option)](auto& text) {
    try
    {
      read(text);
    }
    catch (const usage_error& error)
    {
      throw usage_error(fmt::format("--{}: {}", name, error.what()));
    }
  });
}

bool command_line::parse(int argc, const char* const* argv)
{
  auto& [program, usage, examples, options, result, readers] = *parser_;
  options.add_options()("h,help", "show this help")("version", "show the version");
  try
  {
    result = options.parse(argc, argv);
  }
  catch (const cxxopts::exceptions::exception& error)
  {
    throw usage_error(error.what());
  }
  if (given("help"))
    say(usage + options.help({}, false) + "\n" + examples);
  else if (given("version"))
    say(fmt::format("{} {}", program, SLOW_POETRY_VERSION));
  if (given("help") || given("version"))
    return false;
  for (const auto& [option, read] : readers)
  {
    if (given(option))
      std::ranges::for_each(result[option].as<std::vector<std::string>>(), read);
  }
  return true;
}

bool command_line::given(const std::string& option) const
{
  return parser_->result.count(option) != 0;
}

const std::vector<std::string>& command_line::operands() const
{
  return parser_->result.unmatched();
}

} // namespace poetry
