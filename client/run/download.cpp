#include "client/run/download.hpp"

#include <new>

namespace poetry {
namespace {

/// The message of each `download_error`.
constexpr const char* messages[] = {"no connection in time", "no byte for too long",
  "the poem is too long", "the poem differs from the one expected (--verify)",
  "the poem ends before the one expected", "interrupted", "the time for the run is over",
  "its process died", "no socket could be opened for it (see ulimit -n)",
  "an unexpected exception"};

struct download_category : std::error_category
{
  const char* name() const noexcept override { return "poetry.download"; }
  std::string message(int value) const override { return messages[value - 1]; }
};

} // namespace

std::string to_text(download_status status)
{
  return status == download_status::complete ? "complete"
         : status == download_status::failed ? "failed"
                                             : "cancelled";
}

std::error_code make_error_code(download_error error)
{
  static const download_category category;
  return {static_cast<int>(error), category};
}

std::error_code current_error() noexcept
{
  try
  {
    throw;
  }
  catch (const std::system_error& error)
  {
    // The standard library's own category would compare unequal to Asio's errors.
    return error.code().category() == std::generic_category()
             ? std::error_code(error.code().value(), asio::error::get_system_category())
             : error.code();
  }
  catch (const std::bad_alloc&)
  {
    return asio::error::no_memory;
  }
  catch (...)
  {
    return download_error::unexpected;
  }
}

} // namespace poetry
