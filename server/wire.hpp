#pragma once

#include "server/recital.hpp"

#include <cstdint>
#include <string_view>

// The calls into the system that a reader's connection takes. None of them waits.

namespace poetry {

/// Sends as much of `bytes` as fits the socket buffer, possibly nothing. If they are the `last`,
/// the kernel holds them back for `end_sending`, which is to follow: one segment carries data and
/// FIN.
send_result send_now(int descriptor, std::string_view bytes, bool last);

/// How many of the bytes that were sent the reader's system has not acknowledged yet.
std::uint64_t bytes_under_way(int descriptor);

/// Throws away, without even copying it, what the reader has sent so far. Returns whether that was
/// its end of file, or the end of its connection.
bool discard_input(int descriptor);

/// From now on closing no longer resets the connection: what the system has taken will arrive.
void stop_lingering(int descriptor);

/// Tells the reader that this is the end, and goes on listening to it.
void end_sending(int descriptor);

} // namespace poetry
