"""What all tests of the real programs share: where these are, and a watchdog."""

import contextlib
import os
import pathlib
import signal
import time
import unittest

BIN = os.path.abspath(os.environ.get("POETRY_BIN", "build/dev/bin"))
SANITIZED = os.environ.get("POETRY_SANITIZED", "")

# The programs under test respect these when they are ignored, as in the background of a script.
for ignorable in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(ignorable) == signal.SIG_IGN:
        signal.signal(ignorable, signal.SIG_DFL)


class StillWaiting(AssertionError):
    pass


class NotInTime(AssertionError):
    """What was to happen within a time had not happened, on this machine."""

    def __init__(self, what):
        super().__init__(str(what))  # now, for a client that has ended says no more


class ProgramTest(unittest.TestCase):
    """A test that fails at the line at which it waits for longer than WATCHDOG."""

    WATCHDOG = 300 if SANITIZED else 120  # seconds

    def run(self, result=None):
        signal.signal(signal.SIGALRM, self.give_up)
        # Repeated, because the cleanup may hang, too.
        signal.setitimer(signal.ITIMER_REAL, self.WATCHDOG, 10)
        try:
            return super().run(result)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def give_up(self, *_):
        raise StillWaiting(f"still waiting after {self.WATCHDOG} s")


def in_time(check, seconds=(2, 10, 60)):
    """Calls `check` with a time that is short, and with ever longer ones while it is too short for
    the machine: so no machine is too slow, and a program that fails is found to fail always."""
    for given in seconds[:-1]:
        try:
            return check(given)
        except NotInTime:
            pass
    return check(seconds[-1])


def wait_until(condition, complaint=lambda: ""):
    try:
        while not condition():
            time.sleep(0.005)
    except StillWaiting as waiting:
        raise StillWaiting(f"{waiting}: {complaint()}") from None


def has_socket(pid, state, port):
    """Whether a process has a TCP socket in that state (as /proc/net/tcp numbers them), with that
    port at either end."""
    sockets = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # when it was closed meanwhile
            sockets.add(os.readlink(descriptor))
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, its_state, *_, inode = line.split()[:10]
        if (f"socket:[{inode}]" in sockets and its_state == state
                and f"{port:04X}" in (local[-4:], remote[-4:])):
            return True
    return False
