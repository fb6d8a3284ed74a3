#pragma once

#include "client/race/plan/measurement.hpp"

#include <functional>
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
  const race::metric* metric = &metrics[0];

  bool operator==(const quantity&) const = default;
};

/// `async@64.rss`, and only `async` when the metric is the wall clock.
std::string to_text(const quantity& quantity);

/// A number that is only known to lie in between, and is not negative.
struct between
{
  double least;
  double most;
};

/// Whether each comparison of an assertion holds for some of the values that its quantities may
/// have. An assertion is a chain of comparisons of products and quotients, such as
/// `async < 0.6 * blocking` or `2.9 * async@1 < async@3 < 3.1 * async@1`. Numbers may end in `ms`,
/// `s`, `k` or `M`. Measured numbers are never exactly equal, so `==` means: within 2 %. With a
/// value that is NaN nothing holds. Throws `usage_error` when the text is no comparison or names an
/// unknown metric.
bool may_hold(std::string_view assertion, const std::function<between(const quantity&)>& value_of);

/// What an assertion is about, each quantity once, in order of appearance. Throws as `may_hold`.
std::vector<quantity> quantities_of(std::string_view assertion);

} // namespace poetry::race
