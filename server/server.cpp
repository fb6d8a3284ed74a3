#include "server/server.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

using asio::ip::tcp;

/// How long a reader may take to close the connection after its poem.
constexpr auto half_close_timeout = std::chrono::seconds(1);
/// A reader that got the whole poem at once is watched only if it has not closed after this time:
/// most have, and registering a descriptor is a tenth of the cost of a short poem.
constexpr auto unwatched_time = std::chrono::milliseconds(5);

/// Memory is reserved for at most this many readers: untouched pages cost nothing, and growing
/// would leave the smaller blocks behind.
constexpr std::uint64_t max_reserved = 1 << 20;

/// At most this many chunks before the loop looks for new events.
constexpr int chunks_per_turn = 128;

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;

// The system calls on a reader's connection. None of them waits.

/// Sends as much of `bytes` as fits the socket buffer, possibly nothing, and returns how much; no
/// value when the connection is broken. If they are the `last`, the kernel holds them back until
/// the FIN, which must follow: one segment carries both.
std::optional<std::size_t> send_now(int descriptor, std::string_view bytes, bool last)
{
  const auto sent = ::send(
    descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT | (last ? MSG_MORE : 0));
  if (sent < 0 && errno != EAGAIN)
    return std::nullopt;
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

/// Discards, without copying it, what the reader has sent so far. Returns true at its end of file,
/// and when the connection is broken.
bool discard_input(int descriptor)
{
  // With MSG_TRUNC Linux discards the bytes of a TCP stream, and needs no buffer.
  const auto bytes =
    ::recv(descriptor, nullptr, std::numeric_limits<int>::max(), MSG_TRUNC | MSG_DONTWAIT);
  return bytes == 0 || (bytes < 0 && errno != EAGAIN);
}

/// How many of the bytes sent the reader's system has not acknowledged.
int unacknowledged_bytes(int descriptor)
{
  int bytes = 0;
  ::ioctl(descriptor, SIOCOUTQ, &bytes);
  return bytes;
}

/// From now on closing does not reset the connection: what was sent will still arrive.
void stop_lingering(int descriptor)
{
  const ::linger off = {.l_onoff = 0, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &off, sizeof off);
}

} // namespace

server::server(const server_options& options, server_log& log)
  : options_(options),
    log_(log),
    descriptors_([this](std::uint64_t descriptor, std::uint32_t events) {
      ready(static_cast<int>(descriptor), events);
    }),
    acceptor_(descriptors_, options, log, totals_,
      [this](std::size_t port, int descriptor, const tcp::endpoint& from) {
        accepted(port, descriptor, from);
      })
{
  const auto descriptors = static_cast<std::size_t>(std::min(*options.max_clients, max_reserved));
  readers_.reserve(descriptors);
  schedule_.reserve(descriptors);
}

std::string server::listen(const tcp::endpoint& where, const script& script)
{
  ports_.push_back({.script = script, .address = to_text(acceptor_.open(where))});
  return ports_.back().address;
}

void server::run()
{
  while (!is_stopping() || totals_.still_connected > 0)
  {
    descriptors_.wait_until(std::min({schedule_.next_due(), acceptor_.resume_time(), grace_ends_}));
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
  ++totals_.readers;
  if (log_.takes(log_level::readers))
    log_.connected({ports_[port].address, reader.number}, to_text(from), now);

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
  if (reader.watched ? descriptors_.change(descriptor, key, events)
                     : descriptors_.add(descriptor, key, events))
    return false;
  reader.watched = true;
  return true;
}

void server::due(int descriptor, time_point due, time_point now)
{
  reader& reader = reader_at(descriptor);
  if (reader.state == reader_state::half_closed)
  {
    if (!reader.watched)
      reader.input_ended = discard_input(descriptor);
    if (!reader.watched && !reader.input_ended && watch(descriptor, input_events))
      return schedule_.set(descriptor, now + half_close_timeout);
    return close_reader(descriptor, ending::whole);
  }
  if (reader.state == reader_state::reciting)
  {
    const script& script = script_of(reader);
    if (!reader.recital.is_complete(script) && !script.has_no_pauses())
    {
      totals_.lateness.add(now - due);
      const auto late = std::chrono::duration_cast<std::chrono::microseconds>(now - due).count();
      reader.worst_lateness_us = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(late, reader.worst_lateness_us, UINT32_MAX));
    }
    return recite(descriptor, due, now);
  }
  // The write timeout is over. A slow reader may have taken bytes all the same: the system reports
  // its socket as writable only when much of the buffer is free.
  const int unacknowledged = unacknowledged_bytes(descriptor);
  if (std::exchange(unacknowledged_[descriptor], unacknowledged) == unacknowledged)
    return close_reader(descriptor, ending::dropped);
  schedule_.set(descriptor, now + options_.write_timeout);
}

void server::ready(int descriptor, std::uint32_t events)
{
  reader& reader = reader_at(descriptor);
  if (reader.state == reader_state::absent)
    return; // a descriptor that could not be closed is still watched
  if (events & input_events)
    discard_input(descriptor);
  // After an end of file there will be nothing more to discard.
  if (events & EPOLLRDHUP)
    reader.input_ended = true;

  // A reader may half-close its side, and still be sent the rest.
  const bool gets_no_more =
    reader.state == reader_state::stalled || reader.state == reader_state::half_closed;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 || (reader.input_ended && gets_no_more))
    close_reader(descriptor, ending::left);
  else if ((events & EPOLLOUT) != 0 && reader.state == reader_state::blocked)
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
  if (step.bytes > 0 && log_.takes(log_level::chunks))
    log_.sent({ports_[reader.port].address, reader.number}, step.bytes, now - due);
  switch (step.next)
  {
  case step::kind::pause:
    reader.state = reader_state::reciting;
    if (reader.recital.is_complete(script) && ends_in_fin())
      stop_lingering(descriptor);
    if (reader.recital.is_complete(script) && closes_at_once)
      return half_close(descriptor);
    schedule_.set(descriptor, step.due);
    return;
  case step::kind::writable:
    return wait_writable(descriptor, step.bytes > 0, now);
  case step::kind::over:
    if (options_.fault.what == fault::kind::reset)
      return close_reader(descriptor, ending::faulted);
    if (options_.fault.what != fault::kind::stall)
      return half_close(descriptor);
    // With nothing more to send, only the reader's end of file shows that it has left.
    if (reader.input_ended)
      return close_reader(descriptor, ending::left);
    reader.state = reader_state::stalled;
    return;
  case step::kind::disconnected:
    return close_reader(descriptor, ending::left);
  }
}

void server::wait_writable(int descriptor, bool took_something, time_point now)
{
  reader& reader = reader_at(descriptor);
  // Few readers ever block; those that do stay watched for writing, since they may block again.
  const auto [unacknowledged, is_first] = unacknowledged_.try_emplace(descriptor);
  if (is_first && !watch(descriptor, input_events | EPOLLOUT))
    return close_reader(descriptor, ending::refused);
  if (took_something || reader.state != reader_state::blocked)
  {
    unacknowledged->second = unacknowledged_bytes(descriptor);
    schedule_.set(descriptor, now + options_.write_timeout);
  }
  reader.state = reader_state::blocked;
}

bool server::ends_in_fin() const
{
  return options_.fault.what != fault::kind::reset && options_.fault.what != fault::kind::stall;
}

/// Closing with unread input would send RST even after a whole poem: so the server shuts down its
/// side, and discards input until the reader closes.
void server::half_close(int descriptor)
{
  reader& reader = reader_at(descriptor);
  // Before the end of file: no reader may see it earlier than the log says.
  const auto now = clock::now();
  reader.time = now.time_since_epoch() - reader.time;
  ::shutdown(descriptor, SHUT_WR);
  reader.state = reader_state::half_closed;
  if (script_of(reader).text.empty())
    stop_lingering(descriptor); // otherwise done after the last byte
  acceptor_.poem_ended(reader.port);
  // If others may wait in the backlog, the server must notice at once when this one closes.
  const bool must_be_watched = !reader.watched && acceptor_.is_full();
  if (reader.input_ended || (must_be_watched && !watch(descriptor, input_events)))
    return close_reader(descriptor, ending::whole);
  schedule_.set(descriptor, now + (reader.watched ? duration(half_close_timeout) : unwatched_time));
}

/// `ending` is that of a poem that has not come to its end.
void server::close_reader(int descriptor, ending ending)
{
  reader& reader = reader_at(descriptor);
  if (reader.state == reader_state::half_closed)
  {
    if (!reader.input_ended)
      discard_input(descriptor);
    ending = options_.fault.what == fault::kind::truncate ? ending::faulted : ending::whole;
  }
  else
  {
    reader.time = clock::now().time_since_epoch() - reader.time;
    acceptor_.poem_ended(reader.port);
  }
  const auto chunks = reader.recital.chunks(script_of(reader));
  ++totals_.of(ending);
  totals_.bytes += reader.recital.bytes();
  totals_.chunks += chunks;
  if (log_.takes(log_level::readers))
    log_.finished({ports_[reader.port].address, reader.number},
      {.bytes = reader.recital.bytes(),
        .chunks = chunks,
        .time = reader.time,
        .worst_lateness = std::chrono::microseconds(reader.worst_lateness_us),
        .ending = ending});

  schedule_.erase(descriptor);
  unacknowledged_.erase(descriptor);
  if (reader.watched)
    descriptors_.remove(static_cast<std::uint64_t>(descriptor));
  ::close(descriptor);
  reader = {};
  acceptor_.connection_closed();
}

void server::stop()
{
  if (is_stopping())
    return;
  acceptor_.close();
  grace_ends_ = clock::now() + options_.grace;
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
