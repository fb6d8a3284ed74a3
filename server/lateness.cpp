#include "server/lateness.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace poetry {
namespace {

/// Below 32 ns each value has a bucket; above, each power of two has 32 of them.
std::size_t bucket_of(std::uint64_t nanoseconds)
{
  const int shift = std::max(0, static_cast<int>(std::bit_width(nanoseconds)) - 6);
  return static_cast<std::size_t>(shift) * 32 + static_cast<std::size_t>(nanoseconds >> shift);
}

/// The largest value of a bucket.
std::uint64_t top_of(std::size_t bucket)
{
  if (bucket < 64)
    return bucket;
  const std::size_t shift = bucket / 32 - 1;
  return ((bucket % 32 + 33) << shift) - 1;
}

} // namespace

void lateness::add(duration late)
{
  late = std::max(late, duration::zero());
  ++buckets_[bucket_of(static_cast<std::uint64_t>(std::chrono::nanoseconds(late).count()))];
  ++count_;
  max_ = std::max(max_, late);
}

duration lateness::quantile(double share) const
{
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket)
  {
    seen += buckets_[bucket];
    if (seen >= rank && seen > 0)
      return std::min(max_, duration(std::chrono::nanoseconds(top_of(bucket))));
  }
  return max_;
}

} // namespace poetry
