#pragma once

#include "server/fault.hpp"
#include "server/poem.hpp"
#include "server/recital.hpp"

#include <string>
#include <vector>

namespace poetry {

/// The line that says what is served where, and how long that takes:
/// `Serving poems/NAME.txt on 127.0.0.1:10000 (3003 bytes, 10 every 100 ms, 30.1 s).` A fault is
/// named at its end.
std::string announcement(
  const poem& poem, const std::string& address, const script& script, const fault& fault);

/// Writes `lines` into `file`, which appears whole or not at all. Throws `std::system_error`.
void replace_file(const std::string& file, const std::vector<std::string>& lines);

} // namespace poetry
