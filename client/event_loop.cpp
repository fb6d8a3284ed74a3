#include "client/event_loop.hpp"

#include "client/incoming_poem.hpp"
#include "client/run.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace poetry {
namespace {

int duplicate(int descriptor)
{
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    throw std::system_error(errno, std::generic_category(), "cannot listen for signals");
  return copy;
}

} // namespace

event_loop::event_loop(poetry::run& run, std::span<incoming_poem> poems)
  : run_(run),
    ended_when_done_(run.ended() + poems.size()),
    connections_(context_),
    stop_(context_, duplicate(run.stop_descriptor())),
    sweep_timer_(context_),
    tick_timer_(context_)
{
  run_.loop_ticks(true);
  await_stop();
  await_tick();
  sweep_timer_.expires_at(time_point::min());
  sweep_timer_.async_wait([this](std::error_code) { sweep(); });
}

event_loop::~event_loop()
{
  run_.loop_ticks(false);
}

void event_loop::watch(incoming_poem& poem, std::function<void()> close)
{
  watched_.push_back({&poem, std::move(close), {}});
}

void event_loop::run()
{
  while (run_.ended() < ended_when_done_ && context_.run_one() > 0)
  {
  }
  // Any other thread that runs this loop would wait for ever for something to happen.
  context_.stop();
}

void event_loop::await_stop()
{
  stop_.async_wait(asio::posix::descriptor_base::wait_read, [this](std::error_code) {
    for (const auto& [poem, close, seen_overdue] : watched_)
    {
      if (!poem->ended())
        close();
    }
  });
}

void event_loop::await_tick()
{
  if (run_.tick() == nullptr)
    return;
  tick_timer_.expires_at(run_.tick()->due());
  tick_timer_.async_wait([this](std::error_code error) {
    if (error)
      return;
    run_.tick()->catch_up(clock::now());
    await_tick();
  });
}

void event_loop::sweep()
{
  const auto now = clock::now();
  // A deadline that is set after this sweep lies at least this far ahead.
  const auto& options = run_.options();
  auto next =
    std::min(now + std::min(options.connect_timeout, options.idle_timeout), run_.deadline());
  for (auto& [poem, close, seen_overdue] : watched_)
  {
    if (poem->ended())
      continue;
    const auto deadline = poem->deadline();
    // The loop may have been busy while bytes arrived: before the second look they are read.
    if (deadline <= now && deadline == std::exchange(seen_overdue, deadline))
      close();
    else
      next = std::min(next, deadline);
  }
  sweep_timer_.expires_at(next);
  sweep_timer_.async_wait([this](std::error_code error) {
    if (!error)
      sweep();
  });
}

} // namespace poetry
