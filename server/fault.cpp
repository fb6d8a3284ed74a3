#include "server/fault.hpp"

#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace poetry {
namespace {

using named_fault = std::pair<std::string_view, std::string_view>;

/// The name of each `fault::kind`, and what it does after how many bytes.
constexpr named_fault named_faults[] = {{"none", ""}, {"stall", "stalls after {} bytes"},
  {"reset", "resets after {} bytes"}, {"truncate", "truncates after {} bytes"},
  {"refuse", "refuses all connections"}};

bool takes_bytes(fault::kind what)
{
  return what != fault::kind::none && what != fault::kind::refuse;
}

} // namespace

fault parse_fault(std::string_view text)
{
  const auto at = text.find('@');
  const auto* named = std::ranges::find(named_faults, text.substr(0, at), &named_fault::first);
  fault result{.what = static_cast<fault::kind>(named - std::begin(named_faults))};
  if (named == std::end(named_faults) ||
      (at != std::string_view::npos && !takes_bytes(result.what)))
    throw usage_error(fmt::format(
      "'{}' is not a fault; write stall, reset or truncate (also after some bytes: stall@100), or "
      "refuse",
      text));
  if (at != std::string_view::npos)
    result.after = parse_size(text.substr(at + 1));
  return result;
}

std::string describe(const fault& fault, std::uint64_t poem_bytes)
{
  const auto words = named_faults[static_cast<std::size_t>(fault.what)].second;
  return fmt::format(fmt::runtime(words), bytes_before(fault, poem_bytes));
}

std::uint64_t bytes_before(const fault& fault, std::uint64_t poem_bytes)
{
  return takes_bytes(fault.what) ? std::min(poem_bytes, fault.after.value_or(poem_bytes / 2))
                                 : poem_bytes;
}

} // namespace poetry
