#pragma once

#include "common/duration.hpp"

namespace poetry {

/// How much CPU time the calling thread has used: time in which others ran does not count.
duration thread_cpu_time();

/// Keeps the calling thread's CPU busy for `amount` of that time; returns what it really took.
duration burn(duration amount);

} // namespace poetry
