#pragma once

#include "common/duration.hpp"

#include <array>
#include <cstdint>

namespace poetry {

/// How late things came, as many as there may be, in bounded memory: counted in buckets no wider
/// than 1/32 of what they hold.
class lateness
{
public:
  void add(duration late);

  std::uint64_t count() const { return count_; }
  duration max() const { return max_; }
  /// What a share (0.5, 0.99) of all came no later than, at most 1/32 too high; zero when there is
  /// nothing.
  duration quantile(double share) const;

private:
  std::array<std::uint64_t, std::size_t(60)* 32> buckets_ = {};
  std::uint64_t count_ = 0;
  duration max_ = duration::zero();
};

} // namespace poetry
