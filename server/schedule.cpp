#include "server/schedule.hpp"

#include <asio/post.hpp>

namespace poetry {
namespace {

/// After so many the loop has its turn, so that a crowd of readers keeps nobody else waiting.
constexpr int acts_per_turn = 128;

} // namespace

schedule::schedule(asio::io_context& context, due_function act)
  : context_(context), timer_(context), act_(std::move(act))
{
}

void schedule::set(int descriptor, time_point due)
{
  queue_.set(descriptor, due);
  if (due < next_wake_)
    arm();
}

void schedule::act_on_due()
{
  next_wake_ = time_point::min(); // nothing set meanwhile needs to arm the timer: the end does
  for (int acts = 0; acts < acts_per_turn; ++acts)
  {
    const auto entry = queue_.take_due(clock::now());
    if (!entry)
      break;
    act_(entry->descriptor, entry->due);
  }
  next_wake_ = time_point::max();
  if (!queue_.empty())
    arm();
}

/// A wake that turns out to be for nobody, for the first in the queue was erased, arms anew.
void schedule::arm()
{
  next_wake_ = queue_.first().due;
  if (next_wake_ <= clock::now())
  {
    next_wake_ = time_point::min();
    timer_.cancel();
    asio::post(context_, [this] { act_on_due(); });
    return;
  }
  timer_.expires_at(next_wake_);
  timer_.async_wait([this](std::error_code error) {
    if (!error)
      act_on_due();
  });
}

} // namespace poetry
