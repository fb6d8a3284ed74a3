// Overlapping, yet not asynchronous: connect to all servers first, then read them one by one.
// The poems it is not reading pile up in the kernel meanwhile, so with short poems the wall clock
// looks like Figure 3. What is wrong: it is the kernel that overlaps the waits, only as far as its
// buffers reach, and while this thread blocks on one server it can do nothing for any other.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/bounded_io.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <vector>

using asio::ip::tcp;

namespace poetry {

void fetch_eager(run&, std::span<incoming_poem> poems)
{
  asio::io_context context;
  std::vector<tcp::socket> sockets;
  std::vector<std::error_code> errors;
  std::array<char, 4096> buffer;
  for (incoming_poem& poem : poems)
  {
    tcp::socket& socket = sockets.emplace_back(context);
    std::error_code& error = errors.emplace_back(poem.started());
    if (!error)
      connect(socket, poem.endpoints(), poem.patience(), error);
    if (!error)
      error = poem.connected(socket.native_handle());
  }
  for (std::size_t i = 0; i < poems.size(); ++i)
  {
    incoming_poem& poem = poems[i];
    std::error_code& error = errors[i];
    while (!error)
      poem.received(
        buffer, read_some(sockets[i], asio::buffer(buffer), poem.patience(), error), error);
    poem.finished(error);
    sockets[i].close(error);
  }
}

} // namespace poetry
