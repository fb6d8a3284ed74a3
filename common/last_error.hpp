#pragma once

#include <asio/error.hpp>
#include <cerrno>
#include <system_error>

namespace poetry {

/// Why the last system call failed, in Asio's category: only there does it compare equal to
/// `asio::error::connection_refused` and the like (Asio 1.22 keeps a category of its own).
inline std::error_code last_error()
{
  return {errno, asio::error::get_system_category()};
}

} // namespace poetry
