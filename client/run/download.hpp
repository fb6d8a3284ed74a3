#pragma once

#include "common/duration.hpp"

#include <asio/error.hpp>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
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

/// The name of an end: `complete`, `failed` or `cancelled`.
std::string to_text(download_status status);

/// The record of one download, from which all reports are made. It owns nothing and lies in memory
/// that the run's child processes share: one of them may write it while another reads its status.
struct download
{
  /// A point in time that was never reached.
  static constexpr time_point never = time_point::min();

  std::uint32_t task = 0;
  std::atomic<download_status> status = download_status::waiting;
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

  bool ended() const { return status >= download_status::complete; }
  /// From start to end; zero for a download that never began or has not ended.
  duration time() const { return start == never || end == never ? duration{} : end - start; }
};

static_assert(std::is_trivially_destructible_v<download>);

/// What may end a download besides the errors of the system and of Asio.
enum class download_error
{
  connect_timeout = 1,
  idle_timeout,
  too_long,
  differs,
  too_short,
  interrupted,
  out_of_time,
  died,
  no_socket,
  unexpected
};

std::error_code make_error_code(download_error error);

/// The exception that is being handled, as an error of the system; `unexpected` when it is none.
std::error_code current_error() noexcept;

/// The error that `step` returns or throws.
template <class Step>
std::error_code error_of(Step step) noexcept
{
  try
  {
    return step();
  }
  catch (...)
  {
    return current_error();
  }
}

/// Why the last system call failed, in Asio's category: only there does it compare equal to
/// `asio::error::connection_refused` and the like (Asio 1.22 keeps a category of its own).
inline std::error_code last_error()
{
  return {errno, asio::error::get_system_category()};
}

} // namespace poetry

template <>
struct std::is_error_code_enum<poetry::download_error> : std::true_type
{
};
