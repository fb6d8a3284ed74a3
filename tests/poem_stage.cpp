#include "tests/poem_stage.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <csignal>

using asio::ip::tcp;

namespace poetry::testing {

poem_stage::poem_stage(
  std::vector<performance> performances, std::size_t audience, std::chrono::milliseconds patience)
  : patience_timer_(context_), audience_(audience), patience_(patience)
{
  for (auto& poem : performances)
  {
    tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    accept(servers_.emplace_back(stage_server{std::move(acceptor), std::move(poem)}));
  }
  // The stage is to be like another program: no signal meant for a client may end up there.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { context_.run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

poem_stage::~poem_stage()
{
  context_.stop();
  thread_.join();
}

std::vector<address> poem_stage::addresses() const
{
  std::vector<address> result;
  for (const auto& server : servers_)
    result.push_back({"127.0.0.1", server.acceptor.local_endpoint().port()});
  return result;
}

void poem_stage::accept(stage_server& server)
{
  server.acceptor.async_accept([this, &server](std::error_code error, tcp::socket socket) {
    if (error)
      return;
    waiting_.push_back({std::move(socket), &server.poem});
    peak_ = std::max<std::size_t>(peak_, waiting_.size() + listening_.size());
    patience_timer_.expires_after(patience_);
    patience_timer_.async_wait([this](std::error_code cancelled) {
      if (!cancelled)
        begin();
    });
    if (waiting_.size() + listening_.size() >= audience_)
      begin();
    accept(server);
  });
}

void poem_stage::begin()
{
  while (!waiting_.empty())
  {
    listening_.splice(listening_.end(), waiting_, waiting_.begin());
    perform(std::prev(listening_.end()), 0);
  }
}

void poem_stage::perform(std::list<stage_reader>::iterator reader, std::size_t chunk)
{
  if (chunk < reader->poem->chunks.size())
  {
    // Each chunk in a read of its own, as far as a reader that keeps up can tell.
    asio::async_write(reader->socket, asio::buffer(reader->poem->chunks[chunk]),
      [this, reader, chunk](std::error_code error, std::size_t) {
        if (error)
          listening_.erase(reader);
        else
          perform(reader, chunk + 1);
      });
    return;
  }
  if (reader->poem->ending == performance::silence)
  {
    // Until the reader has had enough.
    reader->socket.async_read_some(asio::buffer(&reader->ignored, 1),
      [this, reader](std::error_code, std::size_t) { listening_.erase(reader); });
    return;
  }
  if (reader->poem->ending == performance::reset)
    reader->socket.set_option(asio::socket_base::linger(true, 0));
  // The destructor alone would not do: it switches linger off.
  reader->socket.close();
  listening_.erase(reader);
}

} // namespace poetry::testing
