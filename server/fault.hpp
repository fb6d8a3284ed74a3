#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poetry {

/// How a server misbehaves on purpose, so that clients can be tested against it.
struct fault
{
  enum class kind
  {
    none,
    stall,    ///< sends nothing more, and keeps the connection
    reset,    ///< resets the connection
    truncate, ///< ends it as if the poem were whole
    refuse    ///< binds the port, but never listens
  };
  kind what = kind::none;
  /// After how many bytes; by default half the poem.
  std::optional<std::uint64_t> after = std::nullopt;
};

/// Parses `stall`, `reset@100`, ... Throws `usage_error` when `text` is anything else.
fault parse_fault(std::string_view text);

/// What the fault does to a poem of `poem_bytes`, such as `resets after 100 bytes`; empty for none.
std::string describe(const fault& fault, std::uint64_t poem_bytes);

/// How many bytes of a poem of `poem_bytes` are sent before the fault: all, without one.
std::uint64_t bytes_before(const fault& fault, std::uint64_t poem_bytes);

} // namespace poetry
