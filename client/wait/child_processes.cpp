#include "client/wait/child_processes.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/download.hpp"
#include "client/run/process_cost.hpp"
#include "client/run/run.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace poetry {
namespace {

/// The bytes of an object, as they go through a pipe.
template <class Object>
std::string_view bytes_of(const Object& object)
{
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

/// Sends what a child has kept of its poem besides the record: the text, after its length, and the
/// slices. Through a pipe, for files are subject to `ulimit -f`, even files in memory.
bool send_kept(const run& run, const incoming_poem& poem, int pipe)
{
  bool well = write_all(pipe, bytes_of(poem.text().size())) && write_all(pipe, poem.text());
  for (const auto& log : run.logs())
  {
    // In a chain, the child has inherited the slices of those before it.
    for (const slice& slice : log.slices)
      well = well && (slice.task != poem.record().task || write_all(pipe, bytes_of(slice)));
  }
  return well;
}

/// Reads, in the parent, what a child has sent; if it died early, some of it is missing.
void unpack(run& run, incoming_poem& poem, std::string_view sent, std::error_code error)
{
  std::size_t length = 0;
  if (sent.size() >= sizeof length)
  {
    std::memcpy(&length, sent.data(), sizeof length);
    sent.remove_prefix(sizeof length);
  }
  const auto text = sent.substr(0, length);
  sent.remove_prefix(text.size());
  try
  {
    std::vector<slice> slices(sent.size() / sizeof(slice));
    if (!slices.empty())
    {
      std::memcpy(slices.data(), sent.data(), slices.size() * sizeof(slice));
      run.record(poem.record().task, slices);
    }
    poem.take_over(std::string(text), error);
  }
  catch (...)
  {
    poem.take_over({}, current_error());
  }
}

/// Appends to `sent` what a pipe holds, and closes it at its end. Without memory for it, `error` is
/// set and the rest is thrown away.
void drain(int& pipe, std::string& sent, std::error_code& error)
{
  std::array<char, 65536> buffer;
  while (pipe >= 0)
  {
    const auto count = ::read(pipe, buffer.data(), buffer.size());
    if (count < 0 && errno == EAGAIN)
      return;
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      error = last_error();
    if (count <= 0)
      ::close(std::exchange(pipe, -1));
    else if (!error)
      error = error_of([&] {
        sent.append(buffer.data(), static_cast<std::size_t>(count));
        return std::error_code();
      });
  }
}

void ignore(int) {}

} // namespace

child_processes::child_processes(poetry::run& run) : run_(run)
{
  // SIGCHLD ends the wait for the children, and no other.
  catch_signal(SIGCHLD, ignore, SA_RESTART);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, &while_waiting_);
  ::sigdelset(&while_waiting_, SIGCHLD);
}

child_processes::~child_processes()
{
  for (const auto& [pid, child] : children_)
  {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(child.pipe);
  }
  std::signal(SIGCHLD, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &while_waiting_, nullptr);
}

void child_processes::start(incoming_poem& poem, const std::function<void()>& download)
{
  std::array<int, 2> pipe = {-1, -1};
  if (poem.keeps() && ::pipe2(pipe.data(), O_CLOEXEC) < 0)
    return poem.finished(last_error());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0)
    be_child(poem, download, pipe[1], parent);
  if (pid < 0)
  {
    poem.finished(last_error());
    ::close(pipe[0]);
  }
  else
  {
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    children_.emplace(pid, sender{&poem, pipe[0]});
  }
  ::close(pipe[1]);
}

void child_processes::be_child(
  incoming_poem& poem, const std::function<void()>& download, int pipe, pid_t parent) noexcept
{
  // A child without its parent is of no use.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    std::_Exit(1);
  // The parent runs the ticks: here each would be counted once more.
  run_.run_ticks_elsewhere(true);
  // The parent announces a poem once it has all of it.
  run_.announce_later();
  // The frames above belong to the parent: no exception may unwind them.
  try
  {
    download();
  }
  catch (...)
  {
    poem.abandon();
  }
  if (poem.keeps() && !send_kept(run_, poem, pipe))
    std::_Exit(1);
  run_.counts().child_memory += measure_memory_share();
  std::_Exit(0);
}

void child_processes::wait()
{
  std::vector<pollfd> pipes;
  while (!children_.empty())
  {
    pipes.clear();
    for (const auto& [pid, child] : children_)
    {
      if (child.pipe >= 0)
        pipes.push_back({.fd = child.pipe, .events = POLLIN, .revents = 0});
    }
    run_.wait([&](time_point until) {
      const timespec timeout = to_timespec(std::max(until - clock::now(), duration{}));
      return ::ppoll(pipes.data(), pipes.size(), &timeout, &while_waiting_) != 0;
    });
    for (auto& [pid, child] : children_)
      drain(child.pipe, child.sent, child.error);
    reap();
  }
}

void child_processes::reap()
{
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
  {
    // A live view that was killed is a child, too: its end does not matter here.
    const auto ended = children_.find(pid);
    if (ended == children_.end())
      continue;
    auto& [poem, pipe, sent, error] = ended->second;
    drain(pipe, sent, error);
    if (!poem->ended())
      poem->finished(download_error::died);
    else
      unpack(run_, *poem, sent, error);
    ::close(pipe);
    children_.erase(ended);
  }
}

} // namespace poetry
