#include "server/server.hpp"

#include "server/wire.hpp"

#include <algorithm>
#include <limits>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

using asio::ip::tcp;

/// How long a reader may take to close after its poem.
constexpr auto half_close_timeout = std::chrono::seconds(1);
/// A reader that got the whole poem at once is watched only if it has not closed after this time:
/// most have, and registering a descriptor is a tenth of the cost of a short poem.
constexpr auto unwatched_time = std::chrono::milliseconds(5);

/// Memory is reserved for at most this many readers: untouched pages cost nothing, and growing
/// would copy.
constexpr std::uint64_t max_reserved = 1 << 20;

/// At most this many chunks before the loop looks for new events.
constexpr int chunks_per_turn = 128;

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;

} // namespace

server::server(const server_settings& settings, server_log& log)
  : settings_(settings),
    log_(log),
    context_(1), // one thread: Asio may leave out its locks
    descriptors_(
      context_, [this](std::uint64_t descriptor,
                  std::uint32_t events) { ready(static_cast<int>(descriptor), events); }),
    acceptor_(
      context_, descriptors_,
      {.max_clients = settings.max_clients, .one_at_a_time = settings.one_at_a_time},
      [this](std::size_t port, int descriptor, const tcp::endpoint& from) {
        accepted(port, descriptor, from);
      },
      [this](const std::string& text) { log_.warning(text); })
{
  const auto descriptors = static_cast<std::size_t>(std::min(settings.max_clients, max_reserved));
  readers_.reserve(descriptors);
  schedule_.reserve(descriptors);
}

server::~server()
{
  for (std::size_t descriptor = 0; descriptor < readers_.size(); ++descriptor)
  {
    if (readers_[descriptor].state != reader_state::absent)
      ::close(static_cast<int>(descriptor));
  }
}

tcp::endpoint server::listen(const tcp::endpoint& where, const script& script)
{
  auto endpoint = acceptor_.open(where, settings_.fault == fault::kind::refuse);
  ports_.push_back({.script = script, .address = to_text(endpoint)});
  return endpoint;
}

void server::run()
{
  for (;;)
  {
    serve_due();
    context_.restart();
    context_.poll();
    if (stopping_ && connected_ == 0)
      return;
    descriptors_.wait_until(std::min({schedule_.next_due(), acceptor_.resume_time(), grace_ends_}));
  }
}

void server::serve_due()
{
  for (int sent = 0; sent < chunks_per_turn; ++sent)
  {
    const auto now = clock::now();
    const auto entry = schedule_.take_due(now);
    if (!entry)
      break;
    due(entry->descriptor, entry->due, now);
  }
  const auto now = clock::now();
  if (acceptor_.resume_time() <= now)
    acceptor_.resume();
  if (grace_ends_ <= now)
    reset_readers();
}

void server::accepted(std::size_t port, int descriptor, const tcp::endpoint& from)
{
  if (readers_.size() <= static_cast<std::size_t>(descriptor))
    readers_.resize(static_cast<std::size_t>(descriptor) + 1);
  const auto now = clock::now();
  reader& reader = reader_at(descriptor);
  reader = {.time = now.time_since_epoch(),
    .recital = {},
    .number = ++ports_[port].readers,
    .port = static_cast<std::uint16_t>(port),
    .state = reader_state::reciting};
  ++connected_;
  ++totals_.readers;
  if (log_.logs_readers())
    log_.connected({ports_[port].address, reader.number}, to_text(from));

  recite(descriptor, now, now);
  const bool stays =
    reader.state == reader_state::reciting || reader.state == reader_state::stalled;
  if (stays && !reader.watched && !watch(descriptor, input_events))
    close_reader(descriptor, ending::refused);
}

/// Returns false when the system cannot watch one more descriptor.
bool server::watch(int descriptor, std::uint32_t events)
{
  reader& reader = reader_at(descriptor);
  const auto key = static_cast<std::uint64_t>(descriptor);
  if (reader.watched)
    descriptors_.change(descriptor, key, events);
  else if (descriptors_.add(descriptor, key, events))
    return false;
  reader.watched = true;
  return true;
}

void server::due(int descriptor, time_point due, time_point now)
{
  reader& reader = reader_at(descriptor);
  if (reader.state == reader_state::half_closed)
    return half_close_timed_out(descriptor, now);

  if (!reader.blocked)
  {
    record_lateness(reader, now - due);
    return recite(descriptor, due, now);
  }
  // The write timeout is over. A slow reader may have taken bytes all the same: the system reports
  // its socket writable only when there is much room.
  const auto taken = acknowledged_bytes(descriptor);
  if (std::exchange(blocked_[descriptor], taken) == taken)
    return close_reader(descriptor, ending::dropped);
  schedule_.set(descriptor, now + settings_.write_timeout);
}

void server::record_lateness(reader& reader, duration late)
{
  const script& script = script_of(reader);
  if (reader.recital.is_complete(script) || script.has_no_pauses())
    return;
  totals_.lateness.add(late);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(late).count();
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  reader.worst_lateness_us = std::max(reader.worst_lateness_us,
    static_cast<std::uint32_t>(std::clamp<std::int64_t>(microseconds, 0, most)));
}

void server::ready(int descriptor, std::uint32_t events)
{
  reader& reader = reader_at(descriptor);
  if (events & input_events)
    discard_input(descriptor);
  // After an end of file there will be nothing more to discard.
  if (events & EPOLLRDHUP)
    reader.input_ended = true;

  if (reader.state == reader_state::half_closed)
  {
    if (reader.input_ended || (events & (EPOLLERR | EPOLLHUP)) != 0)
      close_reader(descriptor, ending::whole);
  }
  else if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
           (reader.state == reader_state::stalled && reader.input_ended))
    close_reader(descriptor, ending::left);
  else if ((events & EPOLLOUT) != 0 && reader.blocked)
  {
    const auto now = clock::now();
    recite(descriptor, now, now);
  }
}

void server::recite(int descriptor, time_point due, time_point now)
{
  reader& reader = reader_at(descriptor);
  const script& script = script_of(reader);
  const bool closes_at_once = script.has_no_pauses() && ends_in_fin();
  const step step =
    reader.recital.advance(script, reader.number, due, now, [&](std::string_view bytes) {
      return send_now(descriptor, bytes, closes_at_once && bytes.end() == script.text.end());
    });
  if (step.bytes > 0 && log_.logs_chunks())
    log_.sent({ports_[reader.port].address, reader.number}, step.bytes, now - due);
  switch (step.next)
  {
  case step::kind::pause:
    reader.blocked = false;
    if (reader.recital.is_complete(script) && ends_in_fin())
      stop_lingering(descriptor);
    if (reader.recital.is_complete(script) && closes_at_once)
      return half_close(descriptor);
    schedule_.set(descriptor, step.due);
    return;
  case step::kind::writable:
    return wait_writable(descriptor, step.bytes > 0, now);
  case step::kind::over:
    return end_poem(descriptor);
  case step::kind::disconnected:
    return close_reader(descriptor, ending::left);
  }
}

void server::wait_writable(int descriptor, bool took_something, time_point now)
{
  reader& reader = reader_at(descriptor);
  if (took_something || !reader.blocked)
  {
    blocked_[descriptor] = acknowledged_bytes(descriptor);
    schedule_.set(descriptor, now + settings_.write_timeout);
  }
  reader.blocked = true;
  // Few readers come here; those that do stay watched for writing, since they may block again.
  if (!reader.watched_for_writing && !watch(descriptor, input_events | EPOLLOUT))
    return close_reader(descriptor, ending::refused);
  reader.watched_for_writing = true;
}

std::uint64_t server::acknowledged_bytes(int descriptor) const
{
  return readers_[static_cast<std::size_t>(descriptor)].recital.bytes() -
         unacknowledged_bytes(descriptor);
}

bool server::ends_in_fin() const
{
  return settings_.fault != fault::kind::reset && settings_.fault != fault::kind::stall;
}

void server::end_poem(int descriptor)
{
  // With nothing more to send, only its end of file tells that the reader has left.
  if (settings_.fault == fault::kind::stall && reader_at(descriptor).input_ended)
    close_reader(descriptor, ending::left);
  else if (settings_.fault == fault::kind::stall)
    reader_at(descriptor).state = reader_state::stalled;
  else if (settings_.fault == fault::kind::reset)
    close_reader(descriptor, ending::faulted);
  else
    half_close(descriptor);
}

/// Closing with unread input would send RST even after a whole poem: so the server shuts down its
/// side, and discards input until the reader closes.
void server::half_close(int descriptor)
{
  reader& reader = reader_at(descriptor);
  shut_down_sending(descriptor);
  const auto now = clock::now();
  reader.time = now.time_since_epoch() - reader.time;
  reader.state = reader_state::half_closed;
  if (script_of(reader).text.empty())
    stop_lingering(descriptor); // there was no last byte to do it after
  acceptor_.poem_ended(reader.port);
  if (reader.input_ended)
    return close_reader(descriptor, ending::whole);
  // If others wait in the backlog, this one's place is needed as soon as it closes.
  if (!reader.watched && acceptor_.is_full() && !watch(descriptor, input_events))
    return close_reader(descriptor, ending::whole);
  schedule_.set(descriptor, now + (reader.watched ? duration(half_close_timeout) : unwatched_time));
}

void server::half_close_timed_out(int descriptor, time_point now)
{
  reader& reader = reader_at(descriptor);
  if (!reader.watched)
  {
    reader.input_ended = discard_input(descriptor);
    if (!reader.input_ended && watch(descriptor, input_events))
      return schedule_.set(descriptor, now + half_close_timeout);
  }
  close_reader(descriptor, ending::whole);
}

void server::close_reader(int descriptor, ending ending)
{
  reader& reader = reader_at(descriptor);
  const script& script = script_of(reader);
  if (reader.state == reader_state::half_closed)
  {
    if (!reader.input_ended)
      discard_input(descriptor);
    ending = settings_.fault == fault::kind::truncate ? ending::faulted : ending::whole;
  }
  else
    acceptor_.poem_ended(reader.port);

  const auto chunks = reader.recital.chunks(script);
  ++totals_.of(ending);
  totals_.bytes += reader.recital.bytes();
  totals_.chunks += chunks;
  if (log_.logs_readers())
    log_.finished({ports_[reader.port].address, reader.number},
      {.bytes = reader.recital.bytes(),
        .chunks = chunks,
        .time = reader.state == reader_state::half_closed
                  ? reader.time
                  : clock::now().time_since_epoch() - reader.time,
        .worst_lateness = std::chrono::microseconds(reader.worst_lateness_us),
        .ending = ending});

  schedule_.erase(descriptor);
  blocked_.erase(descriptor);
  if (reader.watched)
    descriptors_.remove(static_cast<std::uint64_t>(descriptor));
  ::close(descriptor);
  reader = {};
  --connected_;
  acceptor_.connection_closed();
}

void server::stop(duration grace)
{
  stopping_ = true;
  acceptor_.close();
  grace_ends_ = clock::now() + grace;
}

void server::reset_readers()
{
  for (int descriptor = 0; descriptor < static_cast<int>(readers_.size()); ++descriptor)
  {
    const reader& reader = reader_at(descriptor);
    if (reader.state == reader_state::reciting && reader.recital.is_complete(script_of(reader)) &&
        ends_in_fin())
      half_close(descriptor);
    if (reader.state != reader_state::absent)
      close_reader(descriptor, ending::stopped);
  }
}

totals server::totals_so_far() const
{
  totals result = totals_;
  result.accepting_paused = acceptor_.pauses();
  result.log_lines_dropped = log_.dropped();
  for (const reader& reader : readers_)
  {
    if (reader.state == reader_state::absent)
      continue;
    result.bytes += reader.recital.bytes();
    result.chunks += reader.recital.chunks(script_of(reader));
  }
  return result;
}

} // namespace poetry
