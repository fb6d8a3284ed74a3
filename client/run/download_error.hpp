#pragma once

#include <system_error>

namespace poetry {

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

} // namespace poetry

template <>
struct std::is_error_code_enum<poetry::download_error> : std::true_type
{
};
