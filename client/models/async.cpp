// The asynchronous model, Figure 3: one thread, all downloads at once.
// Each step starts a wait and says what to do after it; then the loop is free to run the step of
// any other download, so the whole takes no longer than the longest of its parts.
//
// `connection` has the interface of asio::ip::tcp::socket and costs less; its file says how much.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/connection_loop.hpp"

#include <asio/buffer.hpp>
#include <deque>

namespace poetry {
namespace {

/// One download, as a chain of completion handlers. It outlives loop.run(), so they may keep
/// `this`.
class download_chain
{
public:
  download_chain(connection_loop& loop, incoming_poem& poem)
    : poem_(poem), socket_(loop.connections())
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
    socket_.async_connect(poem_.endpoints(), [this](std::error_code error) {
      if (!error)
        error = poem_.connected(socket_.silent_handle());
      error ? finish(error) : read();
    });
  }

  void read()
  {
    socket_.async_read_some(
      asio::buffer(socket_.shared_buffer()), [this](std::error_code error, std::size_t bytes) {
        poem_.received(socket_.shared_buffer(), bytes, error);
        error ? finish(error) : read();
      });
  }

  void finish(std::error_code error)
  {
    poem_.finished(error);
    socket_.close();
  }

  incoming_poem& poem_;
  connection socket_;
};

} // namespace

void fetch_async(run& run, std::span<incoming_poem> poems)
{
  connection_loop loop(run, poems);
  std::deque<download_chain> downloads;
  for (incoming_poem& poem : poems)
    downloads.emplace_back(loop, poem).start();
  loop.run();
}

} // namespace poetry
