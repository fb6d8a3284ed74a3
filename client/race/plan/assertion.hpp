#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::race {

/// A measured number by name: `async`, `async.cpu`, `async@64.rss`.
struct quantity
{
  std::string model;
  /// The point of a sweep, by its value; empty: the point at hand.
  std::string point;
  std::string metric = "wall";

  bool operator==(const quantity&) const = default;
};

/// `async@64.rss`, and only `async` when the metric is the wall clock.
std::string to_text(const quantity& quantity);

/// A comparison of measured quantities, such as `async < 0.6 * blocking` or
/// `0.9 * blocking.longest < blocking.tick_max`. Numbers may end in `ms`, `s`, `k` or `M`; there
/// are
/// + - * / and brackets; comparisons < <= > >= == can follow one another as in mathematics. What is
/// measured is never exactly equal, so == means: within 2 %.
class assertion
{
public:
  /// Finds the value of a quantity; NaN, of which nothing holds, when it was not measured.
  using lookup = std::function<double(const quantity&)>;

  /// Throws `usage_error` when `text` is no comparison, or names a metric that there is not.
  explicit assertion(std::string_view text);

  const std::string& text() const { return text_; }
  /// What it is about, each quantity once, in order of appearance.
  const std::vector<quantity>& quantities() const { return quantities_; }
  bool holds(const lookup& values) const { return holds_(values); }

private:
  std::string text_;
  std::vector<quantity> quantities_;
  std::function<bool(const lookup&)> holds_;
};

} // namespace poetry::race
