// What a slow poetry server costs at least: bare epoll, one `send` for each chunk, and one call for
// each wake. It keeps the pacing and the end of the protocol, and nothing else: no options, no log,
// no write timeout, no reset of poems that are cut off.
//
//     yardstick_server POEM_BYTES CHUNK_BYTES DELAY_US PORTS
//
// Prints its ports, one per line; on SIGUSR1 and SIGTERM its totals, as slowpoetry does.

#include "server/log.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

using namespace poetry;

namespace {

/// All that is kept for a reader. The delay is constant, so who is served goes to the back of one
/// queue, and the next to be served is always at its front.
struct reader
{
  time_point due;
  int descriptor;
  std::uint32_t sent;
};

std::string poem;
std::size_t chunk_bytes;
duration delay;
int epoll;
std::deque<reader> waiting;
std::unordered_map<int, reader> blocked; ///< those whose buffers are full
totals so_far;

void watch(int descriptor, int operation, std::uint32_t events)
{
  epoll_event event = {.events = events, .data = {.fd = descriptor}};
  ::epoll_ctl(epoll, operation, descriptor, &event);
}

void close_reader(int descriptor, ending ending)
{
  ++so_far.of(ending);
  ::close(descriptor);
}

/// Sends one chunk and puts the reader back in the queue; with nothing left to send, closes.
void recite(reader reader, time_point now)
{
  if (reader.sent == poem.size())
    return close_reader(reader.descriptor, ending::whole);
  const std::size_t bytes =
    std::min(chunk_bytes - reader.sent % chunk_bytes, poem.size() - reader.sent);
  const auto sent =
    ::send(reader.descriptor, poem.data() + reader.sent, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN)
    return close_reader(reader.descriptor, ending::left);
  if (sent < 0)
  {
    if (blocked.emplace(reader.descriptor, reader).second)
      watch(reader.descriptor, EPOLL_CTL_ADD, EPOLLOUT | EPOLLET);
    return;
  }
  reader.sent += static_cast<std::uint32_t>(sent);
  so_far.bytes += static_cast<std::uint64_t>(sent);
  ++so_far.chunks;
  reader.due = (now - reader.due > std::chrono::seconds(1) ? now : reader.due) + delay;
  waiting.push_back(reader);
}

void serve_due()
{
  for (int served = 0; served < 128 && !waiting.empty(); ++served)
  {
    const auto now = clock::now();
    const reader next = waiting.front();
    if (next.due > now)
      return;
    waiting.pop_front();
    if (next.sent < poem.size() && delay > duration::zero())
      so_far.lateness.add(now - next.due);
    recite(next, now);
  }
}

void accept_readers(int listener)
{
  for (int accepted = 0; accepted < 64; ++accepted)
  {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0)
      return;
    ++so_far.readers;
    const auto now = clock::now();
    recite({.due = now, .descriptor = descriptor, .sent = 0}, now);
  }
}

void write_on(int descriptor)
{
  const auto found = blocked.find(descriptor);
  if (found == blocked.end())
    return;
  // Until it blocks again the reader counts as waiting, due now.
  reader reader = found->second;
  reader.due = clock::now();
  blocked.erase(found);
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nullptr);
  recite(reader, reader.due);
}

int listen_on_any_port()
{
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) < 0 ||
      ::listen(listener, SOMAXCONN) < 0)
    std::exit(1);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  watch(listener, EPOLL_CTL_ADD, EPOLLIN);
  return listener;
}

timespec time_until_due()
{
  const auto left =
    std::max(waiting.empty() ? duration(std::chrono::hours(1)) : waiting.front().due - clock::now(),
      duration::zero());
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

} // namespace

int main(int argc, char** argv)
{
  if (argc != 5)
    return 2;
  poem.assign(std::stoul(argv[1]), 'p');
  delay = std::chrono::microseconds(std::stol(argv[3]));
  chunk_bytes = delay > duration::zero() ? std::stoul(argv[2]) : 65536;
  ::prctl(PR_SET_TIMERSLACK, 1); // or the kernel adds 50 us to every wait
  epoll = ::epoll_create1(EPOLL_CLOEXEC);

  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGUSR1);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int signal_descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  watch(signal_descriptor, EPOLL_CTL_ADD, EPOLLIN);
  int last_listener = signal_descriptor;
  for (int port = 0; port < std::stoi(argv[4]); ++port)
    last_listener = listen_on_any_port();
  std::fflush(stdout);

  std::array<epoll_event, 256> events;
  for (;;)
  {
    const timespec timeout = time_until_due();
    const int count = ::epoll_pwait2(epoll, events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i)
    {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor > last_listener)
        write_on(descriptor);
      else if (descriptor > signal_descriptor)
        accept_readers(descriptor);
      else
      {
        signalfd_siginfo signal;
        if (::read(signal_descriptor, &signal, sizeof signal) < 0)
          continue;
        std::puts(to_json(so_far).c_str());
        std::fflush(stdout);
        if (signal.ssi_signo == SIGTERM)
          return 0;
      }
    }
    serve_due();
  }
}
