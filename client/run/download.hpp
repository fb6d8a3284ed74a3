#pragma once

#include "common/duration.hpp"

#include <atomic>
#include <cstdint>
#include <system_error>
#include <type_traits>

namespace poetry {

/// How far a download has come. The last three are ends.
enum class download_status : std::uint8_t
{
  waiting,
  connecting,
  reading,
  complete,
  failed,
  cancelled
};

/// The record of one download, from which all reports are made. It owns nothing and lies in memory
/// that the run's child processes share: one of them may write it while another reads.
struct download
{
  /// A point in time that was never reached.
  static constexpr time_point never = time_point::min();

  std::uint32_t task = 0;
  download_status status = download_status::waiting;
  /// The error is one of writing the poem to disk.
  bool write_failed = false;
  /// Its end has been written to stdout or stderr.
  bool announced = false;
  std::uint32_t crc32 = 0;
  std::uint32_t reads = 0;
  std::uint64_t bytes = 0;
  time_point start = never;
  time_point connected = never;
  time_point first_byte = never;
  time_point end = never;
  /// CPU time used for it, as measured.
  duration work{};
  std::error_code error;

  /// The status, as any thread or process may ask for it.
  download_status seen_status() const
  {
    auto& shared = const_cast<download_status&>(status);
    return std::atomic_ref(shared).load(std::memory_order_acquire);
  }
  bool ended() const { return seen_status() >= download_status::complete; }
  void enter(download_status next)
  {
    std::atomic_ref(status).store(next, std::memory_order_release);
  }
  /// From start to end; zero for a download that never began or has not ended.
  duration time() const { return start == never || end == never ? duration{} : end - start; }
};

static_assert(std::is_trivially_destructible_v<download>);

} // namespace poetry
