#include "common/command_line.hpp"

#include "common/number.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

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

/// Reads an option's text and checks its range; the option is named in every complaint.
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

void refuse_empty(const std::string& option, const std::string& text)
{
  if (text.empty())
    throw usage_error(fmt::format("--{}: its value is empty; write a name", option));
}

std::string print_count(std::uint64_t value)
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

std::string print_time(duration value)
{
  return to_text(value);
}

/// `quiet` of `q,quiet`.
std::string long_name(const option& option)
{
  return option.names.substr(option.names.find(',') + 1);
}

} // namespace

struct command_line::parser
{
  /// What is to be done about an option that was given.
  struct reader
  {
    std::string option;
    std::function<void(const cxxopts::OptionValue& value)> read;
  };

  void add(const option& option, const std::shared_ptr<cxxopts::Value>& kind,
    std::function<void(const cxxopts::OptionValue& value)> read)
  {
    options.add_options()(option.names, option.help, kind, option.value);
    readers.push_back({long_name(option), std::move(read)});
  }

  void add_text(const option& option, const std::string& initial,
    std::function<void(const std::string& text)> read)
  {
    const auto kind = cxxopts::value<std::string>();
    if (!initial.empty())
      kind->default_value(initial);
    add(option, kind, [read = std::move(read)](const cxxopts::OptionValue& value) {
      read(value.as<std::string>());
    });
  }

  /// A number that is read with `parse`, and shown in messages with `print`.
  template <class T, class Value, class Parse, class Print>
  void add_number(const option& option, const std::string& initial, Value& value, range<T> range,
    Parse parse, Print print)
  {
    add_text(option, initial,
      [&value, range, parse, print, name = long_name(option)](
        const std::string& text) { value = parse_in_range(name, text, parse, range, print); });
  }

  std::string program;
  std::string examples;
  cxxopts::Options options;
  cxxopts::ParseResult result = {};
  std::vector<reader> readers = {};
};

command_line::command_line(const std::string& program, const std::string& summary,
  const std::string& operands, std::string examples)
  : parser_(new parser{program, std::move(examples), cxxopts::Options(program, summary)})
{
  parser_->options.custom_help("[options] " + operands);
  parser_->options.set_width(100);
}

command_line::~command_line() = default;

void command_line::add(const option& option, bool& value)
{
  parser_->add(option, cxxopts::value<bool>(),
    [&value](const cxxopts::OptionValue& given) { value = given.as<bool>(); });
}

void command_line::add(const option& option, std::string& value)
{
  parser_->add_text(option, value, [&value, name = long_name(option)](const std::string& text) {
    refuse_empty(name, text);
    value = text;
  });
}

void command_line::add(const option& option, std::vector<std::string>& values)
{
  parser_->add(option, cxxopts::value<std::vector<std::string>>(),
    [&values, name = long_name(option)](const cxxopts::OptionValue& given) {
      for (const auto& text : given.as<std::vector<std::string>>())
      {
        refuse_empty(name, text);
        values.push_back(text);
      }
    });
}

void command_line::add(
  const option& option, std::string& value, const std::vector<std::string>& choices)
{
  parser_->add_text(
    option, value, [&value, choices, name = long_name(option)](const std::string& text) {
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
  parser_->add_text(
    option, initial, [read = std::move(read), name = long_name(option)](const std::string& text) {
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
  auto& [program, examples, options, result, readers] = *parser_;
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
    say(options.help() + "\n" + examples);
  else if (given("version"))
    say(fmt::format("{} {}", program, SLOW_POETRY_VERSION));
  if (given("help") || given("version"))
    return false;
  for (const auto& [option, read] : readers)
  {
    if (given(option))
      read(result[option]);
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
