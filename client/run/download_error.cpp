#include "client/run/download_error.hpp"

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

} // namespace poetry
