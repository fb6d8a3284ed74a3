#include "client/run/download_error.hpp"

#include <asio/error.hpp>
#include <new>
#include <string>

namespace poetry {
namespace {

class download_category : public std::error_category
{
public:
  const char* name() const noexcept override { return "poetry.download"; }

  std::string message(int value) const override
  {
    switch (static_cast<download_error>(value))
    {
    case download_error::connect_timeout:
      return "no connection in time";
    case download_error::idle_timeout:
      return "no byte for too long";
    case download_error::too_long:
      return "the poem is too long";
    case download_error::differs:
      return "the poem differs from the one expected";
    case download_error::too_short:
      return "the poem ends before the one expected";
    case download_error::interrupted:
      return "interrupted";
    case download_error::out_of_time:
      return "the run's time was up";
    case download_error::died:
      return "its process died";
    case download_error::unexpected:
      return "an unexpected exception";
    }
    return "unknown";
  }
};

} // namespace

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
