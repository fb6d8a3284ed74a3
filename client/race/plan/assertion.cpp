#include "client/race/plan/assertion.hpp"

#include "client/race/plan/measurement.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <utility>

namespace poetry::race {
namespace {

constexpr std::string_view signs[] = {"*", "/", "<", "<=", ">", ">=", "=="};

/// A number that is only known to lie in between.
struct between
{
  double least;
  double most;
};

bool may_compare(between left, std::string_view sign, between right)
{
  if (sign == "==")
  {
    // As near as they can be.
    const double near = std::clamp(left.least, right.least, right.most);
    const double other = std::clamp(near, left.least, left.most);
    return std::abs(near - other) <= 0.02 * std::max(near, other);
  }
  const bool is_ordered = sign[0] == '<' ? left.least < right.most : left.most > right.least;
  return is_ordered || (sign.size() == 2 && left.least <= right.most && right.least <= left.most);
}

struct scale
{
  std::string_view suffix;
  double factor;
};

constexpr scale scales[] = {{"", 1}, {"ms", 1e-3}, {"s", 1}, {"k", 1024}, {"M", 1024 * 1024}};

constexpr std::string_view digits = "0123456789";
constexpr std::string_view sign_characters = "<>=*/";
constexpr std::string_view word_characters =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@";

/// Takes spaces, and then all of `characters`, from the beginning of `rest`.
std::string_view take(std::string_view& rest, std::string_view characters)
{
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto taken = rest.substr(0, rest.find_first_not_of(characters));
  rest.remove_prefix(taken.size());
  return taken;
}

usage_error nonsense(std::string_view text)
{
  return usage_error(text.empty() ? "something is missing at its end"
                                  : fmt::format("'{}' makes no sense there", text));
}

double read_number(std::string_view word)
{
  double value = 0;
  const auto [end, error] =
    std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
  if (error != std::errc{})
    throw nonsense(word);
  const auto suffix = word.substr(static_cast<std::size_t>(end - word.data()));
  const auto scale = std::ranges::find(scales, suffix, &race::scale::suffix);
  if (scale == std::end(scales))
    throw usage_error(fmt::format("'{}' is no unit; write ms, s, k or M", suffix));
  return value * scale->factor;
}

/// CONTENDER[@POINT][.METRIC]
quantity read_quantity(std::string_view word)
{
  quantity result;
  // A point may be 2.5ms: a dot before a digit belongs to it.
  const auto dot = word.rfind('.');
  if (dot != word.npos && word.substr(dot + 1).find_first_of(digits) != 0)
  {
    result.metric = word.substr(dot + 1);
    word = word.substr(0, dot);
    if (!find_metric(result.metric))
    {
      std::vector<std::string_view> names;
      std::ranges::transform(metrics, std::back_inserter(names), &metric::name);
      throw usage_error(
        fmt::format("there is no '{}'; write one of {}", result.metric, fmt::join(names, ", ")));
    }
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
  return fmt::format("{}{}{}", quantity.contender,
    quantity.point.empty() ? "" : "@" + quantity.point,
    quantity.metric == "wall" ? "" : "." + quantity.metric);
}

assertion::assertion(std::string_view text)
try
{
  std::string_view rest = text;
  std::string_view sign = "*";
  bool compares = false;
  do
  {
    const auto known = std::ranges::find(signs, sign);
    if (known == std::end(signs))
      throw nonsense(sign.empty() ? rest : sign);
    compares = compares || (sign != "*" && sign != "/");
    const auto word = take(rest, word_characters);
    terms_.push_back(read_term(*known, word.empty() ? rest : word));
    sign = take(rest, sign_characters);
  } while (!sign.empty() || !rest.empty());
  if (!compares)
    throw usage_error("it compares nothing");
}
catch (const usage_error& error)
{
  throw usage_error(
    fmt::format("'{}' is not an assertion: {}; write one such as 'async < 0.6 * blocking'", text,
      error.what()));
}

assertion::term assertion::read_term(std::string_view sign, std::string_view word)
{
  if (word.find_first_of(digits) == 0 || word.find('.') == 0)
    return {.sign = sign, .number = read_number(word)};
  if (word.find_first_of(word_characters) != 0 || word[0] == '-')
    throw nonsense(word);
  const auto quantity = read_quantity(word);
  const auto known = std::ranges::find(quantities_, quantity);
  const auto place = static_cast<std::size_t>(known - quantities_.begin());
  if (known == quantities_.end())
    quantities_.push_back(quantity);
  return {.sign = sign, .quantity = place};
}

bool assertion::may_hold(std::span<const double> least, std::span<const double> most) const
{
  between left = {not_measured, not_measured};
  between product = {1, 1};
  std::string_view comparison;
  for (const auto& [sign, number, quantity] : terms_)
  {
    const between value =
      quantity ? between{least[*quantity], most[*quantity]} : between{number, number};
    if (sign == "*")
      product = {product.least * value.least, product.most * value.most};
    else if (sign == "/")
      product = {product.least / value.most, product.most / value.least};
    else
    {
      if (!comparison.empty() && !may_compare(left, comparison, product))
        return false;
      left = std::exchange(product, value);
      comparison = sign;
    }
  }
  return may_compare(left, comparison, product);
}

} // namespace poetry::race
