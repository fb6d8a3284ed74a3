// The threaded model, Figure 2, once more, with processes: one for each server, each with its own
// memory. A child fills in its download's record, which lies in shared memory, and sends what the
// record has no room for through a pipe, when its download has ended. A child that dies
// fails its own download and no other.

#include "client/models/model.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/wait/child_processes.hpp"

#include <asio/io_context.hpp>

using asio::ip::tcp;

namespace poetry {

void fetch_processes(run& run, std::span<incoming_poem> poems)
{
  child_processes children(run);
  for (incoming_poem& poem : poems)
  {
    children.start(poem, [&] {
      asio::io_context context;
      download_blocking(poem, tcp::socket(context));
    });
  }
  children.wait();
}

} // namespace poetry
