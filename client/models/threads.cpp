// The threaded model, Figure 2: one thread for each server, and the operating system interleaves
// them. Each thread runs the blocking download unchanged. The wall clock is as short as the
// asynchronous one's; what it costs is a stack, a place in the scheduler and two switches a chunk
// for each task.

#include "client/models.hpp"

#include "client/incoming_poem.hpp"
#include "client/run.hpp"

#include <asio/io_context.hpp>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

using asio::ip::tcp;

namespace poetry {

void fetch_threads(run& run, std::span<incoming_poem> poems)
{
  asio::io_context context;
  std::counting_semaphore<> ended(0);
  std::vector<std::jthread> threads;
  for (incoming_poem& poem : poems)
  {
    auto download = [&, socket = tcp::socket(context)]() mutable {
      download_blocking(poem, std::move(socket));
      ended.release();
    };
    try
    {
      threads.emplace_back(std::move(download));
    }
    catch (const std::system_error& no_thread)
    {
      poem.finished(no_thread.code());
    }
  }
  // The main thread has nothing left to do but wait.
  for (std::size_t i = 0; i < threads.size(); ++i)
    run.wait([&](time_point until) { return ended.try_acquire_until(until); });
}

} // namespace poetry
