#include "server/server.hpp"

#include "server/wire.hpp"

#include <algorithm>
#include <limits>
#include <unistd.h>

namespace poetry {
namespace {

using asio::ip::tcp;

/// How long a reader may take to close after its poem.
constexpr auto parting_time = std::chrono::seconds(1);

/// Memory is reserved for so many readers at most: it costs nothing until it is used, and then is
/// not moved and copied while the crowd grows.
constexpr std::uint64_t most_reserved = 1 << 20;

/// After so many the loop has its turn, so that a crowd of readers keeps nobody else waiting.
constexpr int acts_per_turn = 128;

constexpr std::uint32_t input = EPOLLIN | EPOLLRDHUP;

} // namespace

server::server(const manners& manners, journal journal)
  : manners_(manners),
    journal_(journal),
    context_(1), // one thread: Asio may leave out its locks
    descriptors_(
      context_, [this](std::uint64_t descriptor,
                  std::uint32_t events) { ready(static_cast<int>(descriptor), events); }),
    reception_(context_, descriptors_,
      {.seats = manners.max_clients, .one_at_a_time = manners.one_at_a_time},
      [this](std::size_t port, int descriptor, const tcp::endpoint& from) {
        arrived(port, descriptor, from);
      })
{
  const auto descriptors = static_cast<std::size_t>(std::min(manners.max_clients, most_reserved));
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
  auto endpoint = reception_.open(where, manners_.fault == fault::kind::refuse);
  stages_.push_back({.script = script, .address = to_text(endpoint)});
  return endpoint;
}

void server::run()
{
  for (;;)
  {
    act_on_due();
    context_.restart();
    context_.poll();
    if (stopping_ && present_ == 0)
      return;
    descriptors_.wait_until(
      std::min({schedule_.next_due(), reception_.next_try(), patience_ends_}));
  }
}

void server::act_on_due()
{
  for (int acts = 0; acts < acts_per_turn; ++acts)
  {
    const auto entry = schedule_.take_due(clock::now());
    if (!entry)
      break;
    due(entry->descriptor, entry->due);
  }
  const auto now = clock::now();
  if (reception_.next_try() <= now)
    reception_.try_again();
  if (patience_ends_ <= now)
    reset_readers();
}

void server::arrived(std::size_t port, int descriptor, const tcp::endpoint& from)
{
  static_assert(sizeof(reader) <= 24, "a reader costs memory even while it waits");
  if (readers_.size() <= static_cast<std::size_t>(descriptor))
    readers_.resize(static_cast<std::size_t>(descriptor) + 1);
  const auto now = clock::now();
  reader& reader = reader_at(descriptor);
  reader = {.accepted = now,
    .recital = {},
    .number = ++stages_[port].readers,
    .port = static_cast<std::uint16_t>(port),
    .state = reader_state::reciting};
  ++present_;
  ++totals_.readers;
  if (journal_.tells_visits())
    journal_.arrived({stages_[port].address, reader.number}, to_text(from));

  if (descriptors_.add(descriptor, static_cast<std::uint64_t>(descriptor), input))
    return leave(descriptor, ending::refused);
  recite(descriptor, now, now);
}

void server::due(int descriptor, time_point due)
{
  const auto now = clock::now();
  reader& reader = reader_at(descriptor);
  if (reader.state == reader_state::parting)
    return leave(descriptor, ending::whole);

  if (!reader.wants_room)
  {
    note_lateness(reader, now - due);
    return recite(descriptor, due, now);
  }
  // The write timeout is over. The system reports room only when there is plenty: a slow reader may
  // have made a little, so it gets a last try.
  const auto bytes_before = reader.recital.bytes();
  recite(descriptor, due, now);
  if (reader.wants_room && reader.recital.bytes() == bytes_before)
    leave(descriptor, ending::dropped);
}

void server::note_lateness(reader& reader, duration late)
{
  const script& script = script_of(reader);
  if (reader.recital.all_said(script) || script.is_at_once())
    return;
  totals_.late.add(late);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(late).count();
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  reader.worst_lateness_us = std::max(reader.worst_lateness_us,
    static_cast<std::uint32_t>(std::clamp<std::int64_t>(microseconds, 0, most)));
}

void server::ready(int descriptor, std::uint32_t events)
{
  reader& reader = reader_at(descriptor);
  if (events & input)
    discard_input(descriptor);
  // After an end of file there is nothing more to discard, now or later.
  if (events & EPOLLRDHUP)
    reader.input_ended = true;

  if (reader.state == reader_state::parting)
  {
    if (reader.input_ended || (events & (EPOLLERR | EPOLLHUP)) != 0)
      leave(descriptor, ending::whole);
  }
  else if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
           (reader.state == reader_state::stalled && reader.input_ended))
    leave(descriptor, ending::left);
  else if ((events & EPOLLOUT) != 0 && reader.wants_room)
  {
    // What was due before the wait no longer matters.
    const auto now = clock::now();
    recite(descriptor, now, now);
  }
}

void server::recite(int descriptor, time_point due, time_point now)
{
  reader& reader = reader_at(descriptor);
  const script& script = script_of(reader);
  const bool parts_at_once = script.is_at_once() && ends_in_fin();
  const step step =
    reader.recital.go_on(script, reader.number, due, now, [&](std::string_view bytes) {
      return send_at_once(descriptor, bytes, parts_at_once && bytes.end() == script.text.end());
    });
  if (step.bytes > 0 && journal_.tells_chunks())
    journal_.sent({stages_[reader.port].address, reader.number}, step.bytes, now - due);
  switch (step.next)
  {
  case step::kind::pause:
    reader.wants_room = false;
    if (reader.recital.all_said(script) && ends_in_fin())
      stop_lingering(descriptor);
    if (reader.recital.all_said(script) && parts_at_once)
      return part(descriptor);
    schedule_.set(descriptor, step.due);
    return;
  case step::kind::room:
    return wait_for_room(descriptor, step.bytes > 0, now);
  case step::kind::over:
    return come_to_the_end(descriptor);
  case step::kind::departed:
    return leave(descriptor, ending::left);
  }
}

void server::wait_for_room(int descriptor, bool took_something, time_point now)
{
  reader& reader = reader_at(descriptor);
  if (took_something || !reader.wants_room)
    schedule_.set(descriptor, now + manners_.write_timeout);
  reader.wants_room = true;
  // Most readers never come here; those who did stay watched, for they may again.
  if (!reader.watched_for_room)
    descriptors_.change(descriptor, static_cast<std::uint64_t>(descriptor), input | EPOLLOUT);
  reader.watched_for_room = true;
}

bool server::ends_in_fin() const
{
  return manners_.fault != fault::kind::reset && manners_.fault != fault::kind::stall;
}

void server::come_to_the_end(int descriptor)
{
  if (manners_.fault == fault::kind::stall)
    reader_at(descriptor).state = reader_state::stalled;
  else if (manners_.fault == fault::kind::reset)
    leave(descriptor, ending::faulted);
  else
    part(descriptor);
}

/// Closing with input unread would reset the connection, whole poem or not: so the reader is told
/// that this is the end, and what it sends is thrown away until it has closed, too.
void server::part(int descriptor)
{
  reader& reader = reader_at(descriptor);
  end_sending(descriptor);
  reader.state = reader_state::parting;
  if (script_of(reader).text.empty())
    stop_lingering(descriptor); // there was no last byte to do it after
  reception_.served(reader.port);
  if (reader.input_ended)
    return leave(descriptor, ending::whole);
  schedule_.set(descriptor, clock::now() + parting_time);
}

void server::leave(int descriptor, ending ending)
{
  reader& reader = reader_at(descriptor);
  const script& script = script_of(reader);
  if (reader.state == reader_state::parting)
  {
    if (!reader.input_ended)
      discard_input(descriptor);
    ending = manners_.fault == fault::kind::truncate ? ending::faulted : ending::whole;
  }
  else
    reception_.served(reader.port);

  const auto chunks = reader.recital.chunks(script);
  ++totals_.of(ending);
  totals_.bytes += reader.recital.bytes();
  totals_.chunks += chunks;
  if (journal_.tells_visits())
    journal_.gone({stages_[reader.port].address, reader.number},
      {.bytes = reader.recital.bytes(),
        .chunks = chunks,
        .time = clock::now() - reader.accepted,
        .worst_lateness = std::chrono::microseconds(reader.worst_lateness_us),
        .ending = ending});

  schedule_.erase(descriptor);
  descriptors_.remove(static_cast<std::uint64_t>(descriptor));
  ::close(descriptor);
  reader = {};
  --present_;
  reception_.left();
}

void server::stop(duration grace)
{
  stopping_ = true;
  reception_.close();
  patience_ends_ = clock::now() + grace;
}

void server::reset_readers()
{
  for (int descriptor = 0; descriptor < static_cast<int>(readers_.size()); ++descriptor)
  {
    const reader& reader = reader_at(descriptor);
    if (reader.state == reader_state::reciting && reader.recital.all_said(script_of(reader)) &&
        ends_in_fin())
      part(descriptor);
    if (reader.state != reader_state::absent)
      leave(descriptor, ending::stopped);
  }
}

totals server::totals_so_far() const
{
  totals result = totals_;
  result.rests = reception_.rests();
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
