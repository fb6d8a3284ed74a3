#include "client/race/plan/assertion.hpp"

#include "client/race/plan/find_named.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace poetry::race {
namespace {

constexpr std::string_view signs[] = {"*", "/", "<", "<=", ">", ">=", "=="};
constexpr std::string_view sign_characters = "<>=*/";
constexpr std::string_view digits = "0123456789";
constexpr std::string_view word_characters =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@";
constexpr std::pair<std::string_view, double> scales[] = {
  {"", 1}, {"ms", 1e-3}, {"s", 1}, {"k", 1024}, {"M", 1024 * 1024}};

bool may_compare(between left, std::string_view sign, between right)
{
  if (sign == "==")
    return left.most >= 0.98 * right.least && right.most >= 0.98 * left.least;
  if (sign[0] == '>')
    std::swap(left, right);
  return sign.size() == 1 ? left.least < right.most : left.least <= right.most;
}

/// Takes blanks, and then all of `characters`, from the beginning of `rest`.
std::string_view take(std::string_view& rest, std::string_view characters)
{
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
  const auto taken = rest.substr(0, rest.find_first_not_of(characters));
  rest.remove_prefix(taken.size());
  return taken;
}

usage_error nonsense(std::string_view text)
{
  return usage_error(text.empty() ? "something is missing at its end"
                                  : fmt::format("'{}' makes no sense there", text));
}

between read_number(std::string_view word)
{
  double value = 0;
  const auto [end, error] =
    std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
  if (error != std::errc{})
    throw nonsense(word);
  const auto suffix = word.substr(static_cast<std::size_t>(end - word.data()));
  for (const auto& [unit, factor] : scales)
  {
    if (unit == suffix)
      return {value * factor, value * factor};
  }
  throw usage_error(fmt::format("'{}' is no unit; write ms, s, k or M", suffix));
}

/// CONTENDER[@POINT][.METRIC]
quantity read_quantity(std::string_view word)
{
  quantity result;
  // A point may be 2.5ms: a dot before a digit belongs to it.
  const auto dot = word.rfind('.');
  if (dot != word.npos && word.substr(dot + 1).find_first_of(digits) != 0)
  {
    result.metric = &find_named(metrics, "metric", word.substr(dot + 1));
    word = word.substr(0, dot);
  }
  const auto at = word.find('@');
  result.contender = word.substr(0, at);
  if (at != word.npos)
    result.point = word.substr(at + 1);
  if (at + 1 == word.size())
    throw usage_error("after '@' stands a value of the sweep");
  return result;
}

} // namespace

std::string to_text(const quantity& quantity)
{
  return fmt::format("{}{}{}{}{}", quantity.contender, quantity.point.empty() ? "" : "@",
    quantity.point, quantity.metric == &metrics[0] ? "" : ".",
    quantity.metric == &metrics[0] ? "" : quantity.metric->name);
}

bool may_hold(std::string_view assertion, const std::function<between(const quantity&)>& value_of)
try
{
  std::string_view rest = assertion;
  std::string_view sign = "*";
  std::string_view comparison;
  between left = {1, 1};
  between product = {1, 1};
  bool may_hold = true;
  do
  {
    if (std::ranges::find(signs, sign) == std::end(signs))
      throw nonsense(sign.empty() ? rest : sign);
    const auto word = take(rest, word_characters);
    if (word.empty() || word[0] == '-')
      throw nonsense(word.empty() ? rest : word);
    const bool is_number = word[0] == '.' || digits.find(word[0]) != digits.npos;
    const auto value = is_number ? read_number(word) : value_of(read_quantity(word));
    if (sign == "/" && is_number && value.most == 0)
      throw usage_error("it divides by 0");
    if (sign == "*")
      product = {product.least * value.least, product.most * value.most};
    else if (sign == "/")
      product = {product.least / value.most, product.most / value.least};
    else
    {
      may_hold = may_hold && (comparison.empty() || may_compare(left, comparison, product));
      left = std::exchange(product, value);
      comparison = sign;
    }
    sign = take(rest, sign_characters);
  } while (!sign.empty() || !rest.empty());
  if (comparison.empty())
    throw usage_error("it compares nothing");
  return may_hold && may_compare(left, comparison, product);
}
catch (const usage_error& error)
{
  throw usage_error(
    fmt::format("'{}' is not an assertion: {}; write one such as 'async < 0.6 * blocking'",
      assertion, error.what()));
}

std::vector<quantity> quantities_of(std::string_view assertion)
{
  std::vector<quantity> quantities;
  may_hold(assertion, [&](const quantity& quantity) {
    if (std::ranges::find(quantities, quantity) == quantities.end())
      quantities.push_back(quantity);
    return between{};
  });
  return quantities;
}

} // namespace poetry::race
