// The classic mistake, kept on purpose: an event loop whose handler blocks.
// It has the shape of Figure 3 and the behaviour of Figure 1: the first handler that is called
// reads its poem to the end, and until it returns no other handler, timer or timeout can run. With
// short poems the wall clock hides that (see eager.cpp); the ticks do not.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/asio_loop.hpp"
#include "client/wait/bounded_io.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <deque>

using asio::ip::tcp;

namespace poetry {
namespace {

class download_chain
{
public:
  download_chain(asio_loop& loop, incoming_poem& poem) : poem_(poem), socket_(loop.context())
  {
    loop.watch(poem, socket_);
  }

  void start()
  {
    const std::error_code error = poem_.started();
    error ? poem_.finished(error) : connect();
  }

private:
  void connect()
  {
    asio::async_connect(
      socket_, poem_.endpoints(), [this](std::error_code error, const tcp::endpoint&) {
        if (!error)
          error = poem_.connected(socket_.native_handle());
        error ? finish(error) : read();
      });
  }

  void read()
  {
    socket_.async_wait(tcp::socket::wait_read, [this](std::error_code error) {
      std::array<char, 4096> buffer;
      // Here is the mistake: this waits, in a handler, for bytes that have not come yet.
      while (!error)
        poem_.received(
          buffer, read_some(socket_, asio::buffer(buffer), poem_.patience(), error), error);
      finish(error);
    });
  }

  void finish(std::error_code error)
  {
    poem_.finished(error);
    socket_.close(error);
  }

  incoming_poem& poem_;
  tcp::socket socket_;
};

} // namespace

void fetch_broken(run& run, std::span<incoming_poem> poems)
{
  asio_loop loop(run, poems);
  std::deque<download_chain> downloads;
  for (incoming_poem& poem : poems)
    downloads.emplace_back(loop, poem).start();
  loop.run();
}

} // namespace poetry
