#include "client/report/live_view.hpp"

#include "client/report/lanes.hpp"
#include "client/run/run.hpp"
#include "common/interruption.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;

namespace poetry {
namespace {

// A screen of its own, without a cursor; afterwards what was there before.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr auto frame_time = 80ms;
constexpr auto look_time = 10ms;

// Ctrl-Z stops the viewer and the run alike; the screen is left before.
volatile std::sig_atomic_t on_screen = 0;

void leave_and_stop(int)
{
  const int error = errno;
  if (on_screen)
    write_all(STDERR_FILENO, leave_screen);
  on_screen = 0;
  stop_as_by_default(leave_and_stop);
  errno = error;
}

/// All signals except those of job control, and those that report a fault of the program itself.
sigset_t signals_for_the_run()
{
  sigset_t set;
  ::sigfillset(&set);
  for (const int signal :
    {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    ::sigdelset(&set, signal);
  return set;
}

// What a signal handler needs to clean up after a viewer that was killed.
pid_t viewer = -1;
pid_t run_process = -1;
int viewer_pipe = -1; ///< the viewer ends when this is closed

/// Ends the viewer, and leaves the screen if it was killed and could not do so itself. It takes
/// milliseconds, and at most a second when it writes into a full pipe: that must cost neither the
/// result nor the program's end. Async-signal-safe.
void end_viewer()
{
  ::close(std::exchange(viewer_pipe, -1));
  if (viewer < 0 || ::getpid() != run_process)
    return;
  constexpr timespec moment = {.tv_sec = 0, .tv_nsec = 5'000'000};
  int status = 0;
  pid_t ended = 0;
  for (int tries = 0;
       (ended = ::waitpid(viewer, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR); ++tries)
  {
    if (tries == 200)
      ::kill(viewer, SIGKILL);
    ::nanosleep(&moment, nullptr);
  }
  const bool was_killed = ended != viewer || WIFSIGNALED(status);
  if (was_killed && is_terminal(STDERR_FILENO))
    write_all(STDERR_FILENO, leave_screen);
}

/// Whether this job may draw: after a stop it may run in the background.
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

/// Runs in the child until `end` is closed: the run has ended, or was killed.
void watch(const run& run, int end)
{
  lanes lanes(run);
  const bool terminal = is_terminal(STDERR_FILENO);
  const auto pause = terminal ? look_time : 1000ms;
  if (terminal)
    catch_signal(SIGTSTP, leave_and_stop, SA_RESTART);
  auto due = clock::now();
  pollfd over = {.fd = end, .events = POLLIN, .revents = 0};
  while (::poll(&over, 1, static_cast<int>(pause.count())) <= 0)
  {
    const auto now = clock::now();
    lanes.look(now);
    if (!terminal)
      complain(lanes.describe());
    if (!terminal || now < due || !is_in_front())
      continue;
    due = now + frame_time;
    if (!on_screen)
      write_all(STDERR_FILENO, enter_screen);
    on_screen = 1;
    write_all(STDERR_FILENO,
      fmt::format("\x1b[H{}\x1b[J", fmt::join(lanes.draw(current_style(run)), "\x1b[K\r\n")));
  }
  lanes.look(clock::now());
  if (terminal)
  {
    if (on_screen)
      write_all(STDERR_FILENO, leave_screen);
    write_all(STDERR_FILENO, fmt::format("{}\n", fmt::join(lanes.draw(current_style(run)), "\n")));
  }
}

} // namespace

live_view::live_view(const run& run)
{
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0)
    return;
  // To restore the terminal in all cases, the viewer ignores signals to the whole group, and ends
  // after the run. They are blocked before the fork, so that there is no gap.
  const sigset_t blocked = signals_for_the_run();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  run_process = ::getpid();
  viewer = ::fork();
  if (viewer == 0)
  {
    ::close(ends[1]);
    std::signal(SIGTSTP, SIG_DFL);
    std::signal(SIGCONT, SIG_DFL);
    (void)!::nice(10);
    watch(run, ends[0]);
    std::_Exit(0);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[0]);
  viewer_pipe = ends[1];
  interruption::before_exit(end_viewer);
}

live_view::~live_view()
{
  // A signal may end the program at any point in here; its handler then leaves the screen.
  end_viewer();
  viewer = -1;
  interruption::before_exit(nullptr);
}

} // namespace poetry
