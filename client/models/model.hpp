#pragma once

#include <asio/ip/tcp.hpp>
#include <span>

namespace poetry {

class run;
class incoming_poem;

// A model fetches all of `poems`, and returns when each of them has ended, well or badly. It throws
// only what concerns the whole run, such as a loop that the system has no descriptors for.

void fetch_blocking(run& run, std::span<incoming_poem> poems);
void fetch_threads(run& run, std::span<incoming_poem> poems);
void fetch_processes(run& run, std::span<incoming_poem> poems);
void fetch_async(run& run, std::span<incoming_poem> poems);
void fetch_coroutines(run& run, std::span<incoming_poem> poems);
void fetch_mixed(run& run, std::span<incoming_poem> poems);
void fetch_eager(run& run, std::span<incoming_poem> poems);
void fetch_broken(run& run, std::span<incoming_poem> poems);

/// The blocking download, which threads and processes run as it is: nothing else happens in this
/// thread until the poem has ended.
void download_blocking(incoming_poem& poem, asio::ip::tcp::socket socket);

} // namespace poetry
