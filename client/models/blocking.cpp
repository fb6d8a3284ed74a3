// The synchronous model, Figure 1: one thread, one download after another.
// While one server is slow nothing else happens, so the whole takes the sum of its parts.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/bounded_io.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>

using asio::ip::tcp;

namespace poetry {

void download_blocking(incoming_poem& poem, tcp::socket socket)
{
  std::array<char, 4096> buffer;
  std::error_code error = poem.started();
  if (!error)
    connect(socket, poem.endpoints(), poem.patience(), error);
  if (!error)
    error = poem.connected(socket.native_handle());
  while (!error)
    poem.received(buffer, read_some(socket, asio::buffer(buffer), poem.patience(), error), error);
  poem.finished(error);
}

void fetch_blocking(run&, std::span<incoming_poem> poems)
{
  asio::io_context context;
  for (incoming_poem& poem : poems)
    download_blocking(poem, tcp::socket(context));
}

} // namespace poetry
