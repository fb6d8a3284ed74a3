#include "client/wait/asio_loop.hpp"

#include <asio/dispatch.hpp>

using asio::ip::tcp;

namespace poetry {

asio_loop::asio_loop(poetry::run& run, std::span<incoming_poem> poems)
  : loop_downloads(run, poems), stop_(context_, run.stop_descriptor()), timer_(context_)
{
  stop_.async_wait(asio::posix::descriptor_base::wait_read, [this](std::error_code) { sweep(); });
  await(time_point::min());
}

asio_loop::~asio_loop()
{
  // The descriptor is the run's: a copy of it could fail when descriptors are few.
  stop_.release();
}

void asio_loop::run()
{
  try
  {
    while (!all_ended() && context_.run_one() > 0)
    {
    }
  }
  catch (...)
  {
    context_.stop();
    throw;
  }
  // Ends the wait of all other threads that run this loop.
  context_.stop();
}

void asio_loop::await(time_point time)
{
  timer_.expires_at(time);
  timer_.async_wait([this](std::error_code) { await(do_what_is_due()); });
}

void asio_loop::end_wait(const incoming_poem& poem, tcp::socket& socket)
{
  asio::dispatch(socket.get_executor(), [this, &poem, &socket] {
    if (!must_end(poem, socket))
      return;
    // Another thread may have read bytes whose handler has not run yet: `cancel` does not lose
    // them. While connecting `close` is needed: after `cancel` Asio tries the next endpoint.
    const bool connects = poem.record().status == download_status::connecting;
    std::error_code ignored;
    run_.stop_reason() || connects ? socket.close(ignored) : socket.cancel(ignored);
  });
}

} // namespace poetry
