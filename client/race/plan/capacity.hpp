#pragma once

#include "client/race/plan/setting.hpp"

#include <string>

namespace poetry::race {

/// What a setting takes of the machine, such as `about 10.5 GB of memory, 2000000 open files and
/// 153 processes`. A connection takes 5 KB of the kernel's memory at each end, as measured on Linux
/// 6.18, and some 500 bytes of the server, the client and its result.
std::string demand_text(const setting& setting);

/// Throws `usage_error` when a setting takes more than the machine has: what it lacks, what would
/// raise the limit, and how many tasks fit.
void check_capacity(const setting& setting, const machine_limits& limits);

} // namespace poetry::race
