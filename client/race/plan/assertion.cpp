#include "client/race/plan/assertion.hpp"

#include "client/race/plan/measurement.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poetry::race {
namespace {

using term = std::function<double(const assertion::lookup&)>;
using comparison = bool (*)(double, double);

struct comparison_sign
{
  std::string_view text;
  comparison compare;
};

// Longer signs stand before those they begin with.
constexpr comparison_sign comparison_signs[] = {
  {"<=", [](double a, double b) { return a <= b; }},
  {">=", [](double a, double b) { return a >= b; }},
  {"==", [](double a,
           double b) { return std::abs(a - b) <= 0.02 * std::max(std::abs(a), std::abs(b)); }},
  {"<", [](double a, double b) { return a < b; }},
  {">", [](double a, double b) { return a > b; }},
};

struct scale
{
  std::string_view suffix;
  double factor;
};

constexpr scale scales[] = {{"ms", 1e-3}, {"s", 1}, {"k", 1024}, {"M", 1024.0 * 1024}};

bool is_name_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Reads the grammar from left to right, a function for each of its rules.
class parser
{
public:
  parser(std::string_view text, std::vector<quantity>& quantities)
    : text_(text), rest_(text), quantities_(quantities)
  {
  }

  /// sum (sign sum)+
  std::function<bool(const assertion::lookup&)> parse()
  {
    std::vector<term> terms = {sum()};
    std::vector<comparison> signs;
    while (const comparison_sign* sign = take_sign())
    {
      signs.push_back(sign->compare);
      terms.push_back(sum());
    }
    skip_spaces();
    if (!rest_.empty())
      refuse(fmt::format("'{}' makes no sense there", rest_));
    if (signs.empty())
      refuse("it compares nothing");
    return [terms = std::move(terms), signs = std::move(signs)](const assertion::lookup& values) {
      bool result = true;
      double left = terms.front()(values);
      for (std::size_t i = 0; i < signs.size(); ++i)
      {
        const double right = terms[i + 1](values);
        result = result && signs[i](left, right);
        left = right;
      }
      return result;
    };
  }

private:
  /// product (('+' | '-') product)*
  term sum()
  {
    term left = product();
    for (;;)
    {
      if (take("+"))
        left = combine(std::move(left), product(), [](double a, double b) { return a + b; });
      else if (take("-"))
        left = combine(std::move(left), product(), [](double a, double b) { return a - b; });
      else
        return left;
    }
  }

  /// factor (('*' | '/') factor)*
  term product()
  {
    term left = factor();
    for (;;)
    {
      if (take("*"))
        left = combine(std::move(left), factor(), [](double a, double b) { return a * b; });
      else if (take("/"))
        left = combine(std::move(left), factor(), [](double a, double b) { return a / b; });
      else
        return left;
    }
  }

  /// '(' sum ')' | number | quantity
  term factor()
  {
    // Deeper brackets than anybody means would only overflow the stack.
    if (++depth_ > 100)
      refuse("its brackets are too deep");
    skip_spaces();
    term result;
    if (take("("))
    {
      result = sum();
      if (!take(")"))
        refuse("a ')' is missing");
    }
    else if (!rest_.empty() && ((rest_[0] >= '0' && rest_[0] <= '9') || rest_[0] == '.'))
      result = number();
    else if (!rest_.empty() && is_name_character(rest_[0]))
      result = name();
    else
      refuse(rest_.empty() ? "something is missing at its end"
                           : fmt::format("'{}' makes no sense there", rest_));
    --depth_;
    return result;
  }

  term number()
  {
    double value = 0;
    const auto [end, error] =
      std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, std::chars_format::fixed);
    if (error != std::errc{})
      refuse(fmt::format("'{}' makes no sense there", rest_));
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    const std::string_view suffix = take_word();
    const auto scale = std::ranges::find(scales, suffix, &race::scale::suffix);
    if (!suffix.empty() && scale == std::end(scales))
      refuse(fmt::format("'{}' is no unit; write ms, s, k or M", suffix));
    return [value = suffix.empty() ? value : value * scale->factor](
             const assertion::lookup&) { return value; };
  }

  /// model ['@' point] ['.' metric]
  term name()
  {
    quantity result;
    result.model = take_word();
    if (rest_.starts_with('@'))
    {
      rest_.remove_prefix(1);
      result.point = take_word();
      // A point may be 2.5ms: a dot and a digit belong to it.
      while (rest_.size() > 1 && rest_[0] == '.' && rest_[1] >= '0' && rest_[1] <= '9')
      {
        rest_.remove_prefix(1);
        result.point += '.';
        result.point += take_word();
      }
      if (result.point.empty())
        refuse("after '@' stands a value of the sweep");
    }
    if (rest_.starts_with('.'))
    {
      rest_.remove_prefix(1);
      result.metric = take_word();
      if (!find_metric(result.metric))
        refuse(fmt::format(
          "there is no '{}'; write one of {}", result.metric, fmt::join(metric_names(), ", ")));
    }
    if (std::ranges::find(quantities_, result) == quantities_.end())
      quantities_.push_back(result);
    return [result](const assertion::lookup& values) { return values(result); };
  }

  static term combine(term left, term right, double (*operation)(double, double))
  {
    return [left = std::move(left), right = std::move(right), operation](
             const assertion::lookup& values) { return operation(left(values), right(values)); };
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool take(std::string_view sign)
  {
    skip_spaces();
    if (!rest_.starts_with(sign))
      return false;
    rest_.remove_prefix(sign.size());
    return true;
  }

  const comparison_sign* take_sign()
  {
    const auto found = std::ranges::find_if(
      comparison_signs, [this](const comparison_sign& sign) { return take(sign.text); });
    return found == std::end(comparison_signs) ? nullptr : found;
  }

  std::string_view take_word()
  {
    const auto end = std::ranges::find_if_not(rest_, is_name_character);
    const auto word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }

  [[noreturn]] void refuse(const std::string& why) const
  {
    throw usage_error(fmt::format(
      "'{}' is not an assertion: {}; write one such as 'async < 0.6 * blocking'", text_, why));
  }

  std::string_view text_;
  std::string_view rest_;
  std::vector<quantity>& quantities_;
  int depth_ = 0;
};

} // namespace

std::string to_text(const quantity& quantity)
{
  return fmt::format("{}{}{}", quantity.model, quantity.point.empty() ? "" : "@" + quantity.point,
    quantity.metric == "wall" ? "" : "." + quantity.metric);
}

assertion::assertion(std::string_view text) : text_(text)
{
  holds_ = parser(text_, quantities_).parse();
}

} // namespace poetry::race
