// What a client of many slow servers costs at least: bare epoll, one `recv` for each chunk, and one
// call for each wake. It counts bytes, and does nothing else: no checksum, no timeout. It has room
// for all that `get-poetry-async --json` tells of a download, the checksum that it does not compute
// included: so memory is compared like with like, and time with the least there is.
//
//     yardstick_client DOWNLOADS RAMP_MS PORT...
//
// The downloads are dealt round robin to the ports of 127.0.0.1, and begun evenly over RAMP_MS.
// Prints one JSON object.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <netinet/in.h>
#include <string>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;

enum class download_status : std::uint8_t
{
  under_way,
  complete,
  failed
};

/// All that is kept for a download: what a report on it needs, and no more.
struct download
{
  int descriptor = -1;
  std::uint32_t reads = 0;
  std::uint32_t crc32 = 0;
  download_status status = download_status::under_way;
  std::uint64_t bytes = 0;
  clock::time_point started, connected, first_byte, ended;
};

std::array<char, 256 * 1024> arrived; ///< one buffer for all
std::vector<download> downloads;
int epoll;
std::size_t ended = 0;

void end(download& download, download_status how)
{
  ++ended;
  download.status = how;
  download.ended = clock::now();
  if (download.descriptor >= 0)
    ::close(download.descriptor);
}

void start(std::uint32_t index, std::uint16_t port)
{
  download& download = downloads[index];
  download.started = clock::now();
  download.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const sockaddr_in address = {.sin_family = AF_INET,
    .sin_port = htons(port),
    .sin_addr = {htonl(INADDR_LOOPBACK)},
    .sin_zero = {}};
  epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u32 = index}};
  if (download.descriptor < 0 ||
      (::connect(download.descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) <
          0 &&
        errno != EINPROGRESS) ||
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, download.descriptor, &event) < 0)
    end(download, download_status::failed);
}

void ready(download& download, std::uint32_t events)
{
  if (download.connected == clock::time_point() && (events & EPOLLERR) == 0)
    download.connected = clock::now();
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP)) == 0)
    return;
  for (;;)
  {
    const auto count = ::recv(download.descriptor, arrived.data(), arrived.size(), 0);
    if (count < 0 && errno == EAGAIN)
      return;
    if (count <= 0)
      return end(download, count == 0 ? download_status::complete : download_status::failed);
    if (download.reads++ == 0)
      download.first_byte = clock::now();
    download.bytes += static_cast<std::uint64_t>(count);
    const bool more = (events & EPOLLRDHUP) != 0 || count == static_cast<ssize_t>(arrived.size());
    if (!more)
      return;
  }
}

double seconds(clock::duration time)
{
  return std::chrono::duration<double>(time).count();
}

} // namespace

int main(int argc, char** argv)
{
  if (argc < 4)
    return 2;
  downloads.resize(std::stoul(argv[1]));
  const auto ramp = std::chrono::milliseconds(std::stol(argv[2]));
  std::vector<std::uint16_t> ports;
  for (int i = 3; i < argc; ++i)
    ports.push_back(static_cast<std::uint16_t>(std::stoi(argv[i])));
  rlimit limit;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::prctl(PR_SET_TIMERSLACK, 1);
  epoll = ::epoll_create1(EPOLL_CLOEXEC);

  const auto began = clock::now();
  std::size_t started = 0;
  std::array<epoll_event, 256> events;
  while (ended < downloads.size())
  {
    const auto due = [&] { return began + ramp * started / downloads.size(); };
    while (started < downloads.size() && due() <= clock::now())
    {
      start(static_cast<std::uint32_t>(started), ports[started % ports.size()]);
      ++started;
    }
    timespec until_next = {};
    if (started < downloads.size())
      until_next.tv_nsec =
        std::max<long>(0, std::chrono::nanoseconds(due() - clock::now()).count() % 1'000'000'000);
    const int count = ::epoll_pwait2(epoll, events.data(), events.size(),
      started < downloads.size() ? &until_next : nullptr, nullptr);
    for (int i = 0; i < count; ++i)
    {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      ready(downloads[event.data.u32], event.events);
    }
  }
  const auto wall = clock::now() - began;
  std::uint64_t bytes = 0, reads = 0;
  std::size_t whole = 0;
  clock::time_point all_connected;
  for (const download& download : downloads)
  {
    bytes += download.bytes;
    reads += download.reads;
    whole += download.status == download_status::complete ? 1 : 0;
    all_connected = std::max(all_connected, download.connected);
  }
  std::printf("{\"ok\": %zu, \"failed\": %zu, \"bytes\": %llu, \"reads\": %llu, "
              "\"all_connected_s\": %.6f, \"wall_s\": %.6f}\n",
    whole, ended - whole, static_cast<unsigned long long>(bytes),
    static_cast<unsigned long long>(reads), seconds(all_connected - began), seconds(wall));
  return whole == ended ? 0 : 1;
}
