#pragma once

#include <asio/ip/tcp.hpp>
#include <span>
#include <string_view>

namespace poetry {

class run;
class incoming_poem;

/// What overlaps when a model has several downloads: the closed form that predicts its wall clock.
enum class overlap
{
  nothing,             ///< the sum of the downloads
  waits,               ///< the longest of them, but work adds up: it is one thread's
  waits_and_work,      ///< the same, with the work divided between the cores
  waits_in_the_kernel, ///< the longest, as long as the poems fit into the socket buffers
};

/// A way of waiting for many poems at once.
struct model
{
  /// Its program is `get-poetry-NAME`.
  std::string_view name;
  std::string_view summary;
  /// Fetches all of `poems`; returns when each of them has ended, well or badly. Throws only what
  /// is the run's fault and no download's.
  void (*fetch)(run& run, std::span<incoming_poem> poems);
  poetry::overlap overlap;
  /// Whether it has a number of threads to choose.
  bool has_threads = false;
};

/// All models, in the order they are taught in.
std::span<const model> models();

/// The model of that name; throws `std::out_of_range` when there is none.
const model& find_model(std::string_view name);

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
