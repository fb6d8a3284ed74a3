#include "client/event_loop.hpp"

#include "client/incoming_poem.hpp"
#include "client/run.hpp"

#include <algorithm>
#include <asio/dispatch.hpp>
#include <utility>

using asio::ip::tcp;

namespace poetry {
namespace {

void close(connection* socket)
{
  if (socket != nullptr)
    socket->close();
}

void close(tcp::socket* socket)
{
  asio::dispatch(socket->get_executor(), [socket] {
    std::error_code ignored;
    socket->close(ignored);
  });
}

} // namespace

event_loop::asio_waits::asio_waits(asio::io_context& context, int stop_descriptor)
  : stop(context, stop_descriptor), sweep(context), tick(context)
{
}

event_loop::asio_waits::~asio_waits()
{
  // It is the run's own: a copy of it might find no descriptor left once the downloads have begun.
  stop.release();
}

event_loop::event_loop(poetry::run& run, std::span<incoming_poem> poems)
  : run_(run), poems_(poems), sockets_(poems.size()), ended_when_done_(run.ended() + poems.size())
{
  run_.run_ticks_elsewhere(true);
}

event_loop::~event_loop()
{
  run_.run_ticks_elsewhere(false);
}

event_loop::any_socket& event_loop::socket_of(const incoming_poem& poem)
{
  return sockets_[static_cast<std::size_t>(&poem - poems_.data())];
}

void event_loop::close_socket_of(const incoming_poem& poem)
{
  std::visit([](auto* socket) { close(socket); }, socket_of(poem));
}

connection_set& event_loop::connections()
{
  return connections_ ? *connections_ : connections_.emplace(context_);
}

void event_loop::run()
{
  connections().watch(run_.stop_descriptor(), [this] { stop(); });
  const auto tick_due = [this] { return run_.tick() ? run_.tick()->due() : time_point::max(); };
  for (auto next_sweep = time_point::min();;)
  {
    context_.restart();
    context_.poll();
    if (run_.ended() >= ended_when_done_)
      return;
    const auto now = clock::now();
    if (tick_due() <= now)
      run_.tick()->catch_up(now);
    if (next_sweep <= now)
      next_sweep = sweep();
    connections_->wait_until(std::min(next_sweep, tick_due()));
  }
}

void event_loop::run_in_asio()
{
  std::call_once(begun_, [this] { begin_asio_waits(); });
  try
  {
    while (run_.ended() < ended_when_done_ && context_.run_one() > 0)
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

void event_loop::begin_asio_waits()
{
  waits_.emplace(context_, run_.stop_descriptor());
  await_stop();
  await_tick();
  await_sweep(time_point::min());
}

void event_loop::await_stop()
{
  waits_->stop.async_wait(
    asio::posix::descriptor_base::wait_read, [this](std::error_code) { stop(); });
}

void event_loop::await_tick()
{
  if (run_.tick() == nullptr)
    return;
  waits_->tick.expires_at(run_.tick()->due());
  waits_->tick.async_wait([this](std::error_code error) {
    if (error)
      return;
    run_.tick()->catch_up(clock::now());
    await_tick();
  });
}

void event_loop::await_sweep(time_point time)
{
  waits_->sweep.expires_at(time);
  waits_->sweep.async_wait([this](std::error_code error) {
    if (!error)
      await_sweep(sweep());
  });
}

void event_loop::stop()
{
  for (const incoming_poem& poem : poems_)
  {
    if (!poem.ended())
      close_socket_of(poem);
  }
}

/// Closes what is overdue; returns when to look again.
time_point event_loop::sweep()
{
  const auto now = clock::now();
  // A deadline that is set after this sweep lies at least this far ahead.
  const auto& options = run_.options();
  auto next =
    std::min(now + std::min(options.connect_timeout, options.idle_timeout), run_.deadline());
  const auto last_sweep = std::exchange(last_sweep_, now);
  for (const incoming_poem& poem : poems_)
  {
    if (poem.ended())
      continue;
    const auto deadline = poem.deadline();
    // The loop may have been busy while bytes arrived. They have been read since the last sweep,
    // and a deadline set anew lies behind it: what had passed by then and still stands is overdue.
    if (deadline <= last_sweep)
    {
      close_socket_of(poem);
      next = now; // its handlers run before the loop waits again
    }
    else
      next = std::min(next, deadline);
  }
  return next;
}

} // namespace poetry
