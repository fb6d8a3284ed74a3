#pragma once

#include "common/duration.hpp"
#include "common/pace.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace poetry {

/// What every reader of a port is sent, and how slowly.
struct script
{
  std::string_view text;
  poetry::pace pace;
  duration jitter = duration::zero();
  std::uint64_t seed = 1;

  /// Whether there are no pauses at all.
  bool has_no_pauses() const { return pace.delay + jitter == duration::zero(); }
};

/// With no delay, a reader gets this many bytes before the other readers are served.
inline constexpr std::uint64_t bytes_per_turn = 65536;

/// A server that is later than this does not catch up, because the reader would get a burst.
inline constexpr duration longest_catch_up = std::chrono::seconds(1);

/// A pseudo-random number that depends on `value` alone (the finaliser of SplitMix64).
inline std::uint64_t scramble(std::uint64_t value)
{
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// The pause after chunk `chunk` for the port's reader `reader`. It depends on nothing but these
/// and the seed, so it is the same in every run.
inline duration pause_after(const script& script, std::uint32_t reader, std::uint64_t chunk)
{
  if (script.jitter == duration::zero())
    return script.pace.delay;
  const std::uint64_t random = scramble(scramble(script.seed + reader) + chunk);
  const double share = static_cast<double>(random >> 11) * 0x1p-53;
  return script.pace.delay + std::chrono::duration_cast<duration>(share * script.jitter);
}

/// What a reader waits for next.
struct step
{
  enum class kind
  {
    pause,       ///< until `due`
    writable,    ///< until the socket buffer has room again
    over,        ///< nothing: everything is sent, and the last pause is over
    disconnected ///< nothing: no more can be sent
  };
  kind next = kind::over;
  std::size_t bytes = 0;
  time_point due = {};
};

/// How far one reader has got in a script: which bytes are next, and when. It does no I/O and reads
/// no clock, so tests check its pacing to the nanosecond without waiting.
class recital
{
public:
  /// Sends the chunk that was due at `due`; `now` is not before that. `send(bytes)` sends what it
  /// can without waiting, and returns how many bytes that were: none when the socket buffer is
  /// full, nothing when no more can be sent. After a step `writable`, call this again when the
  /// socket is, with that time as `due`: what the reader lost by not reading is not made up for.
  template <class Send>
  step advance(
    const script& script, std::uint32_t reader, time_point due, time_point now, Send send);

  std::uint32_t bytes() const { return bytes_; }
  std::uint64_t chunks(const script& script) const { return chunk_count(bytes(), script.pace); }
  /// True once the last byte is sent.
  bool is_complete(const script& script) const { return bytes() == script.text.size(); }

private:
  std::string_view rest_of_chunk(const script& script) const
  {
    const std::uint64_t length = script.has_no_pauses() ? bytes_per_turn : script.pace.num_bytes;
    const std::uint64_t end = (bytes() / length + 1) * length;
    return script.text.substr(bytes(), end - bytes());
  }

  std::uint32_t bytes_ = 0; ///< sent so far
};

template <class Send>
step recital::advance(
  const script& script, std::uint32_t reader, time_point due, time_point now, Send send)
{
  if (is_complete(script))
    return {};
  std::size_t bytes = 0;
  for (auto rest = rest_of_chunk(script); !rest.empty();)
  {
    const std::optional<std::size_t> sent = send(rest);
    if (!sent)
      return {.next = step::kind::disconnected, .bytes = bytes};
    if (*sent == 0)
      return {.next = step::kind::writable, .bytes = bytes};
    rest.remove_prefix(*sent);
    bytes += *sent;
    bytes_ += static_cast<std::uint32_t>(*sent);
  }
  // Without pauses, too: a reader that was just served comes after those that wait.
  const bool from_now = script.has_no_pauses() || now - due > longest_catch_up;
  const duration pause = pause_after(script, reader, chunks(script) - 1);
  return {.next = step::kind::pause, .bytes = bytes, .due = (from_now ? now : due) + pause};
}

} // namespace poetry
