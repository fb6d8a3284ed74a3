#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// A measured number by name: `async`, `async.cpu`, `async@64.rss`.
struct quantity
{
  std::string contender;
  /// The point of a sweep, by its value; empty: each point in turn.
  std::string point;
  std::string metric = "wall";

  bool operator==(const quantity&) const = default;
};

/// `async@64.rss`, and only `async` when the metric is the wall clock.
std::string to_text(const quantity& quantity);

/// A chain of comparisons of products and quotients, such as `async < 0.6 * blocking` or
/// `2.9 * async@1 < async@3 < 3.1 * async@1`. Numbers may end in `ms`, `s`, `k` or `M`. Measured
/// numbers are never exactly equal, so `==` means: within 2 %.
class assertion
{
public:
  /// Throws `usage_error` when `text` is no comparison or names an unknown metric.
  explicit assertion(std::string_view text);

  /// What it is about, each quantity once, in order of appearance.
  const std::vector<quantity>& quantities() const { return quantities_; }
  /// `values` are those of the quantities. With a value that is NaN nothing holds.
  bool holds(std::span<const double> values) const { return may_hold(values, values); }
  /// Whether each comparison holds for some values from `least` to `most`, none of them negative.
  bool may_hold(std::span<const double> least, std::span<const double> most) const;

private:
  struct term
  {
    /// `*`, `/` or a comparison: what stands before the value.
    std::string_view sign;
    double number = 1;
    /// A place in `quantities_`, or nothing for a plain number.
    std::optional<std::size_t> quantity;
  };

  term read_term(std::string_view sign, std::string_view word);

  std::vector<quantity> quantities_;
  std::vector<term> terms_;
};

} // namespace poetry::race
