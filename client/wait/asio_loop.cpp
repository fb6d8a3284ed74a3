#include "client/wait/asio_loop.hpp"

#include "client/wait/connecting.hpp"

#include <asio/dispatch.hpp>

using asio::ip::tcp;

namespace poetry {
namespace {

void close_at_once(const incoming_poem&, tcp::socket& socket)
{
  asio::dispatch(socket.get_executor(), [&socket] {
    std::error_code ignored;
    socket.close(ignored);
  });
}

} // namespace

asio_loop::asio_loop(poetry::run& run, std::span<incoming_poem> poems)
  : loop_downloads(run, poems),
    stop_(context_, run.stop_descriptor()),
    sweep_(context_),
    tick_(context_)
{
  run_.check_connections([this](const incoming_poem& poem) {
    tcp::socket& socket = socket_of(poem);
    const std::error_code error = refuse_itself(socket.native_handle());
    std::error_code ignored;
    if (error)
      socket.close(ignored);
    return error;
  });
  stop_.async_wait(asio::posix::descriptor_base::wait_read,
    [this](std::error_code) { for_each_open(close_at_once); });
  await_tick();
  await_sweep(time_point::min());
}

asio_loop::~asio_loop()
{
  run_.check_connections(nullptr);
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

void asio_loop::await_tick()
{
  if (!run_.options().tick)
    return;
  tick_.expires_at(run_.next_tick());
  tick_.async_wait([this](std::error_code error) {
    if (error)
      return;
    run_.run_ticks(clock::now());
    await_tick();
  });
}

void asio_loop::await_sweep(time_point time)
{
  sweep_.expires_at(time);
  sweep_.async_wait([this](std::error_code error) {
    if (!error)
      await_sweep(close_overdue([this](const incoming_poem& poem, tcp::socket& socket) {
        asio::dispatch(
          socket.get_executor(), [this, &poem, &socket] { end_if_overdue(poem, socket); });
      }));
  });
}

void asio_loop::end_if_overdue(const incoming_poem& poem, tcp::socket& socket)
{
  std::error_code ignored;
  if (poem.ended() || poem.deadline() > clock::now())
    return;
  const bool must_stop = static_cast<bool>(run_.stop_reason());
  if (!must_stop && has_news(poem.record(), socket.native_handle()))
    return;
  // Another thread may have read bytes whose handler has not run yet: `cancel` does not lose them.
  // While connecting `close` is needed: after `cancel` Asio tries the next endpoint.
  const bool connects = poem.record().seen_status() == download_status::connecting;
  must_stop || connects ? socket.close(ignored) : socket.cancel(ignored);
}

} // namespace poetry
