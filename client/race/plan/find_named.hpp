#pragma once

#include "common/program.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <string_view>

namespace poetry::race {

/// The row of a table with that name; throws `usage_error`, with all names, when there is none.
template <class Table>
const auto& find_named(const Table& table, std::string_view what, std::string_view name)
{
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  if (found != std::end(table))
    return *found;
  std::string names;
  for (const auto& row : table)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  throw usage_error(fmt::format("there is no {} '{}'; write one of {}", what, name, names));
}

} // namespace poetry::race
