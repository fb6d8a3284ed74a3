#pragma once

namespace poetry::race {

/// How many cores this process may use.
unsigned cores_here();

/// How many cores' worth of time two busy threads get, by a trial of a tenth of a second: 2.0 on an
/// idle machine, less where others compute or there is only one core.
double effective_cores();

} // namespace poetry::race
