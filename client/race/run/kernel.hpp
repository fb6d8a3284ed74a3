#pragma once

#include "client/race/plan/setting.hpp"

#include <cstdint>
#include <string>

namespace poetry::race {

/// From here on this process and its children may open as many files as the system lets them.
void raise_descriptor_limit();

/// How much the kernel keeps of a poem that nobody reads: the limits of its buffers, in a sentence.
std::string describe_buffers();

/// How many connections may wait for a server to accept them (net.core.somaxconn).
std::uint64_t longest_backlog();

/// The limits of this machine: the descriptors of a process, and the backlog of a port. A client
/// that finds the backlog full is turned away, and tries again after seconds.
process_limits limits_here();

/// The limit that an error's text speaks of, its value and what would raise it; empty when it
/// speaks of none.
std::string explain_limit(const std::string& error);

} // namespace poetry::race
