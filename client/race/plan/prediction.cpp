#include "client/race/plan/prediction.hpp"

#include "client/models.hpp"
#include "client/race/plan/measurement.hpp"

#include <algorithm>
#include <cmath>

namespace poetry::race {
namespace {

/// Poems this small fit into the kernel's buffers even when nobody reads, and poems this large do
/// not.
constexpr std::uint64_t always_buffered = 64 << 10;
constexpr std::uint64_t never_buffered = 32 << 20;

double predict_group(const group& group, const knobs& knobs, overlap overlap, unsigned cores)
{
  double sum = 0;
  double longest = 0;
  double all_work = 0;
  // Poems that arrive at the same time and are read one after another: each waits for the work on
  // those before it, while its own pauses pass.
  double arriving_at_once = 0;
  for (std::uint64_t i = 0; i < group.repeat; ++i)
  {
    for (const slow_poem& poem : group.poems)
    {
      const double download = seconds(recital_time(poem.bytes, poem.pace));
      const double work = seconds(knobs.work) * static_cast<double>(poem.bytes) / 10;
      // The server goes on sending while the client works on what it has.
      const double alone = std::max(download, work);
      sum += alone;
      longest = std::max(longest, alone);
      all_work += work;
      arriving_at_once = std::max(arriving_at_once + work, download);
    }
  }
  if (sum == 0)
    return not_measured;
  if (group.chained || knobs.one_at_a_time || overlap == poetry::overlap::nothing)
    return sum;
  if (overlap != poetry::overlap::waits_in_the_kernel)
    return std::max(longest, all_work / cores);
  const auto [least, most] = std::ranges::minmax(group.poems, {}, &slow_poem::bytes);
  if (most.bytes <= always_buffered)
    return arriving_at_once;
  return least.bytes >= never_buffered ? sum : not_measured;
}

} // namespace

double predict(const setting& setting, std::optional<overlap> overlap, unsigned cores)
{
  if (!overlap)
    return not_measured;
  if (overlap != poetry::overlap::waits_and_work)
    cores = 1;
  else if (setting.knobs.cores > 0)
    cores = static_cast<unsigned>(std::min<std::uint64_t>(setting.knobs.cores, cores));
  double longest = 0;
  for (const group& group : groups_for(setting, overlap))
  {
    const double predicted = predict_group(group, setting.knobs, *overlap, cores);
    // Where nothing is predicted of one of them, nothing is of all.
    longest = std::isnan(predicted) ? predicted : std::max(longest, predicted);
  }
  return longest;
}

} // namespace poetry::race
