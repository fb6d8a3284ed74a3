// The threaded model, Figure 2: one thread for each server, and the operating system interleaves
// them. Each thread runs the blocking download unchanged. The wall clock is as short as the
// asynchronous one's; what it costs is a stack, a place in the scheduler and two switches a chunk
// for each task.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/run.hpp"

#include <asio/io_context.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using asio::ip::tcp;

namespace poetry {

void fetch_threads(run& run, std::span<incoming_poem> poems)
{
  asio::io_context context;
  std::mutex mutex;
  std::condition_variable one_ended;
  std::size_t ended = 0;
  std::vector<std::jthread> threads;
  for (incoming_poem& poem : poems)
  {
    try
    {
      threads.emplace_back([&, socket = tcp::socket(context)]() mutable {
        download_blocking(poem, std::move(socket));
        const std::scoped_lock lock(mutex);
        ++ended;
        one_ended.notify_one();
      });
    }
    catch (...)
    {
      poem.abandon(); // there was no thread for it, or no memory
    }
  }
  // The main thread has nothing left to do but wait.
  std::unique_lock lock(mutex);
  run.wait([&](time_point until) {
    return one_ended.wait_until(lock, until, [&] { return ended == threads.size(); });
  });
}

} // namespace poetry
