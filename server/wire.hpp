#pragma once

#include "server/recital.hpp"

#include <cstdint>
#include <string_view>

// The system calls on a reader's connection. None of them waits.

namespace poetry {

/// Sends as much of `bytes` as fits the socket buffer, possibly nothing. If they are the `last`,
/// the kernel holds them back until `shut_down_sending`, which must follow: one segment carries
/// data and FIN.
send_result send_now(int descriptor, std::string_view bytes, bool last);

/// How many of the bytes sent the reader's system has not acknowledged yet.
std::uint64_t unacknowledged_bytes(int descriptor);

/// Discards, without copying it, what the reader has sent so far. Returns true at its end of file,
/// and when the connection is broken.
bool discard_input(int descriptor);

/// From now on closing does not reset the connection: what was sent will still arrive.
void stop_lingering(int descriptor);

/// Sends FIN; what the reader sends can still be received.
void shut_down_sending(int descriptor);

} // namespace poetry
