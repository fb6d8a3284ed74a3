#include "server/fault.hpp"

#include "common/number.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace poetry {

fault parse_fault(std::string_view text)
{
  using enum fault::kind;
  constexpr std::array<std::pair<std::string_view, fault::kind>, 5> kinds = {{{"none", none},
    {"stall", stall}, {"reset", reset}, {"truncate", truncate}, {"refuse", refuse}}};

  const auto at = text.find('@');
  const auto named =
    std::ranges::find(kinds, text.substr(0, at), &std::pair<std::string_view, fault::kind>::first);
  const bool takes_bytes = named != kinds.end() && named->second != none && named->second != refuse;
  if (named == kinds.end() || (at != std::string_view::npos && !takes_bytes))
    throw usage_error(fmt::format(
      "'{}' is not a fault; write stall, reset or truncate (also after some bytes: stall@100), or "
      "refuse",
      text));
  fault result{.what = named->second};
  if (at != std::string_view::npos)
    result.after = parse_size(text.substr(at + 1));
  return result;
}

std::string describe(const fault& fault, std::uint64_t poem_bytes)
{
  const auto after = [&](const char* what) {
    return fmt::format("{} after {} bytes", what, bytes_before(fault, poem_bytes));
  };
  switch (fault.what)
  {
  case fault::kind::none:
    break;
  case fault::kind::stall:
    return after("stalls");
  case fault::kind::reset:
    return after("resets");
  case fault::kind::truncate:
    return after("truncates");
  case fault::kind::refuse:
    return "refuses all connections";
  }
  return "";
}

std::uint64_t bytes_before(const fault& fault, std::uint64_t poem_bytes)
{
  return fault.what == fault::kind::none || fault.what == fault::kind::refuse
           ? poem_bytes
           : std::min(poem_bytes, fault.after.value_or(poem_bytes / 2));
}

} // namespace poetry
