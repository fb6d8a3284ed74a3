#include "server/totals.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>

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

std::string to_text(const totals& totals)
{
  std::string endings;
  for (std::size_t i = 0; i < ending_names.size(); ++i)
  {
    if (i == 0 || totals.endings[i] != 0)
      endings += fmt::format(" {} {},", totals.endings[i], ending_names[i]);
  }
  if (totals.still_connected != 0)
    endings += fmt::format(" {} still connected,", totals.still_connected);
  auto result = fmt::format("Served {}, at most {} at once:{} {} in {}; lateness p50 {:.3f} ms, "
                            "p99 {:.3f} ms, max {:.3f} ms",
    count_text(totals.readers, "reader"), totals.peak_readers, endings,
    count_text(totals.bytes, "byte"), count_text(totals.chunks, "chunk"),
    seconds(totals.lateness.quantile(0.5)) * 1e3, seconds(totals.lateness.quantile(0.99)) * 1e3,
    seconds(totals.lateness.max()) * 1e3);
  if (totals.accepting_paused != 0)
    result += fmt::format("; accepting paused {}", count_text(totals.accepting_paused, "time"));
  if (totals.log_lines_dropped != 0)
    result += fmt::format("; {} of the log dropped", count_text(totals.log_lines_dropped, "line"));
  return result + ".";
}

} // namespace poetry
