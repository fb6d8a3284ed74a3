#pragma once

#include "client/race/plan/setting.hpp"

#include <string>

namespace poetry::race {

/// How many cores this process may use.
unsigned cores_here();

/// How many cores' worth of time two busy threads get, measured for a tenth of a second: 2.0 on an
/// idle machine, less where others compute or there is only one core.
double effective_cores();

/// The descriptors that a process may have, and the connections that may wait at a port: a client
/// that finds no room there is turned away, and tries again after seconds.
process_limits limits_here();

/// From here on this process and its children may open as many files as the system lets them.
void raise_descriptor_limit();

/// The limit that an error's text is about, its value and what raises it; empty when it is about
/// none.
std::string explain_limit(const std::string& error);

} // namespace poetry::race
