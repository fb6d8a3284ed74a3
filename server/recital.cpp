#include "server/recital.hpp"

namespace poetry {
namespace {

/// A pseudo-random number that depends on `value` alone (the finaliser of SplitMix64).
std::uint64_t scramble(std::uint64_t value)
{
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

} // namespace

duration pause_after(const script& script, std::uint32_t reader, std::uint64_t chunk)
{
  const std::uint64_t random = scramble(scramble(script.seed + reader) + chunk);
  const double share = static_cast<double>(random >> 11) * 0x1p-53;
  return script.pace.delay + std::chrono::duration_cast<duration>(share * script.jitter);
}

std::string_view recital::rest_of_chunk(const script& script) const
{
  const std::uint64_t length = script.has_no_pauses() ? bytes_per_turn : script.pace.num_bytes;
  const std::uint64_t end = (bytes() / length + 1) * length;
  return script.text.substr(bytes(), end - bytes());
}

step recital::pause(const script& script, std::uint32_t reader, time_point due, time_point now)
{
  // Without pauses, too: a reader that was just served comes after those that wait.
  const bool from_now =
    script.has_no_pauses() || (state_ & had_to_wait) != 0 || now - due > longest_catch_up;
  state_ &= ~had_to_wait;
  const duration length = script.jitter == duration::zero()
                            ? script.pace.delay
                            : pause_after(script, reader, chunks(script) - 1);
  return {.next = step::kind::pause, .due = (from_now ? now : due) + length};
}

} // namespace poetry
