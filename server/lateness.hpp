#pragma once

#include "common/duration.hpp"

#include <array>
#include <cstdint>

namespace poetry {

/// A histogram of how late chunks were, in constant memory: the width of a bucket is at most 1/32
/// of the values in it.
class lateness
{
public:
  void add(duration late);

  std::uint64_t count() const { return count_; }
  duration max() const { return max_; }
  /// The lateness that a share (0.5, 0.99) of all did not exceed, at most 1/32 too high; zero when
  /// there are none.
  duration quantile(double share) const;

private:
  std::array<std::uint64_t, std::size_t(60)* 32> buckets_ = {};
  std::uint64_t count_ = 0;
  duration max_ = duration::zero();
};

} // namespace poetry
