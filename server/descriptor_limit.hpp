#pragma once

#include <cstdint>

namespace poetry {

/// Raises the limit on open files as far as this process may, and returns how many readers fit into
/// it beside what is open now and what the server will open for `listeners` ports: at least one.
std::uint64_t readers_within_descriptor_limit(std::uint64_t listeners);

} // namespace poetry
