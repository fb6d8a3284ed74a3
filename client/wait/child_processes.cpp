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
#include <fcntl.h>
#include <poll.h>
#include <span>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace poetry {
namespace {

/// Sends what a child has kept of its poem besides the record: the text, as long as the record
/// says, then the slices. Through a pipe, for files are subject to `ulimit -f`, even files in
/// memory.
bool send_kept(const incoming_poem& poem, int pipe)
{
  const auto slices = std::as_bytes(poem.slices());
  return write_all(pipe, poem.text()) &&
         write_all(pipe, {reinterpret_cast<const char*>(slices.data()), slices.size()});
}

/// Reads, in the parent, what a child has sent; if it died early, some of it is missing.
void unpack(incoming_poem& poem, std::string_view sent, std::error_code error)
{
  try
  {
    const auto text = sent.substr(0, poem.record().bytes);
    sent.remove_prefix(text.size());
    std::vector<slice> slices(sent.size() / sizeof(slice));
    std::ranges::copy(
      sent.substr(0, slices.size() * sizeof(slice)), reinterpret_cast<char*>(slices.data()));
    poem.take_over(std::string(text), std::move(slices), error);
  }
  catch (...)
  {
    poem.take_over({}, {}, current_error());
  }
}

/// Appends to `sent` what a pipe holds, and closes it at its end. Without memory for it, `error` is
/// set and the rest is thrown away.
void drain(int& pipe, std::string& sent, std::error_code& error)
{
  std::array<char, 16384> buffer; // a stack may be small
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
  run_.run_ticks_elsewhere();
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
  if (poem.keeps() && !send_kept(poem, pipe))
    std::_Exit(1);
  run_.counts().child_memory += measure_memory_share();
  std::_Exit(0);
}

void child_processes::wait()
{
  std::vector<pollfd> pipes;
  bool must_end = false;
  while (!children_.empty())
  {
    pipes.clear();
    const bool ended_before = std::exchange(must_end, bool(run_.stop_reason()));
    for (const auto& [pid, child] : children_)
    {
      if (child.pipe >= 0)
        pipes.push_back({.fd = child.pipe, .events = POLLIN, .revents = 0});
      if (must_end && !ended_before)
        ::kill(pid, SIGCONT); // it ends by itself, unless it is stopped
    }
    if (!must_end)
      pipes.push_back({.fd = run_.stop_descriptor(), .events = POLLIN, .revents = 0});
    const auto limit = must_end ? time_point::max() : run_.deadline();
    run_.wait([&](time_point until) {
      const auto time = std::min(until, limit) - clock::now();
      const timespec timeout = to_timespec(std::max(time, duration{}));
      return ::ppoll(pipes.data(), pipes.size(), &timeout, &while_waiting_) != 0 ||
             limit <= clock::now();
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
      unpack(*poem, sent, error);
    ::close(pipe);
    children_.erase(ended);
  }
}

} // namespace poetry
