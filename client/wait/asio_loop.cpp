#include "client/wait/asio_loop.hpp"

#include <asio/dispatch.hpp>

using asio::ip::tcp;

namespace poetry {
namespace {

/// Closes the socket where its handlers run, unless its download has gone on meanwhile.
void close_if_overdue(const incoming_poem& poem, tcp::socket& socket)
{
  asio::dispatch(socket.get_executor(), [&poem, &socket] {
    std::error_code ignored;
    if (!poem.ended() && poem.deadline() <= clock::now() &&
        (poem.must_stop() || !has_news(poem.record(), socket.native_handle())))
      socket.close(ignored);
  });
}

void close_at_once(const incoming_poem&, tcp::socket& socket)
{
  asio::dispatch(socket.get_executor(), [&socket] {
    std::error_code ignored;
    socket.close(ignored);
  });
}

} // namespace

asio_loop::asio_loop(poetry::run& run, std::span<incoming_poem> poems)
  : run_(run),
    downloads_(run, poems),
    stop_(context_, run.stop_descriptor()),
    sweep_(context_),
    tick_(context_)
{
  await_stop();
  await_tick();
  await_sweep(time_point::min());
}

asio_loop::~asio_loop()
{
  // The descriptor is the run's own: a copy of it might find no number left.
  stop_.release();
}

void asio_loop::run()
{
  try
  {
    while (!downloads_.all_ended() && context_.run_one() > 0)
    {
    }
  }
  catch (...)
  {
    context_.stop();
    throw;
  }
  // Any other thread that runs this loop would wait for ever for something to happen.
  context_.stop();
}

void asio_loop::await_stop()
{
  stop_.async_wait(asio::posix::descriptor_base::wait_read,
    [this](std::error_code) { downloads_.close_all(close_at_once); });
}

void asio_loop::await_tick()
{
  if (run_.tick() == nullptr)
    return;
  tick_.expires_at(run_.tick()->due());
  tick_.async_wait([this](std::error_code error) {
    if (error)
      return;
    run_.tick()->catch_up(clock::now());
    await_tick();
  });
}

void asio_loop::await_sweep(time_point time)
{
  sweep_.expires_at(time);
  sweep_.async_wait([this](std::error_code error) {
    if (!error)
      await_sweep(downloads_.close_overdue(close_if_overdue));
  });
}

} // namespace poetry
