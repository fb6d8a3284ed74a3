#include "client/report/live_view.hpp"

#include "client/report/lanes.hpp"
#include "client/run/run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry {
namespace {

// A screen of its own, without a cursor; afterwards what was there before.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr auto frame_time = 80ms;
constexpr auto look_time = 10ms;

void show(std::string_view text)
{
  // One call for a frame; a terminal that is gone is nobody's loss.
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

// The signal to stop comes to the viewer and the run alike; the screen is left before.
volatile std::sig_atomic_t on_screen = 0;

void step_aside(int)
{
  const int error = errno;
  if (on_screen)
    show(leave_screen);
  on_screen = 0;
  ::raise(SIGSTOP);
  errno = error;
}

/// Whether this job may draw: one that was stopped may go on behind another.
bool is_in_front()
{
  const pid_t front = ::tcgetpgrp(STDERR_FILENO);
  return front < 0 || front == ::getpgrp();
}

lane_style current_style(const run& run)
{
  lane_style style;
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
  {
    style.columns = size.ws_col;
    style.rows = size.ws_row;
  }
  const char* no_colour = std::getenv("NO_COLOR");
  style.colour = no_colour == nullptr || *no_colour == '\0';
  style.ascii = run.options().ascii;
  return style;
}

std::string join(const std::vector<std::string>& lines, std::string_view line_end)
{
  std::string text;
  for (const auto& line : lines)
    text.append(line).append(line_end);
  return text;
}

/// Runs in the child until `end` is closed, which happens when the run is over, however it ends.
void watch(const run& run, lanes& lanes, int end)
{
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto pause = terminal ? look_time : 1000ms;
  if (terminal)
    std::signal(SIGTSTP, step_aside);
  auto due = clock::now();
  pollfd over = {.fd = end, .events = POLLIN, .revents = 0};
  while (::poll(&over, 1, static_cast<int>(pause.count())) <= 0)
  {
    const auto now = clock::now();
    lanes.look(now);
    if (!terminal)
      show(lanes.describe() + "\n");
    if (!terminal || now < due || !is_in_front())
      continue;
    due = now + frame_time;
    if (!on_screen)
      show(enter_screen);
    on_screen = 1;
    auto lines = lanes.draw(current_style(run));
    const std::string last = lines.back();
    lines.pop_back();
    show("\x1b[H" + join(lines, "\x1b[K\r\n") + last + "\x1b[J");
  }
  lanes.look(clock::now());
  if (terminal)
  {
    if (on_screen)
      show(leave_screen);
    show(join(lanes.draw(current_style(run)), "\n"));
  }
}

} // namespace

live_view::live_view(const run& run, std::string title)
{
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0)
    return;
  viewer_ = ::fork();
  if (viewer_ == 0)
  {
    ::close(ends[1]);
    // Signals are the run's business: when it ends, so does its view.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    (void)!::nice(10);
    lanes lanes(run, std::move(title));
    watch(run, lanes, ends[0]);
    std::_Exit(0);
  }
  ::close(ends[0]);
  end_ = ends[1];
}

live_view::~live_view()
{
  if (end_ >= 0)
    ::close(end_);
  int status = 0;
  if (viewer_ > 0 && ::waitpid(viewer_, &status, 0) == viewer_ && WIFSIGNALED(status) &&
      ::isatty(STDERR_FILENO) == 1)
    show(leave_screen);
}

} // namespace poetry
