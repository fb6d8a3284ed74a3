"""The live view as a person sees it: in a real terminal, read through tmux."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from programs import BIN, in_time, NotInTime, ProgramTest, wait_until
from running_server import Server


class Terminal:
    """A terminal of a given size with a shell in it."""

    def __init__(self, columns, rows):
        self.folder = tempfile.TemporaryDirectory()
        self.socket = os.path.join(self.folder.name, "tmux")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", columns, "-y", rows,
                  "env PS1='ready> ' bash --norc")
        self.wait_for(lambda screen: "ready>" in screen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")
        self.folder.cleanup()

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, arguments)], check=True,
                              capture_output=True, text=True).stdout

    def run(self, program, *arguments):
        line = " ".join([os.path.join(BIN, program), *map(str, arguments)])
        self.tmux("send-keys", "-t", "t", "clear; " + line, "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "t")

    def wait_for(self, what):
        """Looks until `what` is on the screen; returns the screen."""
        screens = []

        def is_seen():
            screens[:] = [self.screen()]
            return what(screens[0])

        wait_until(is_seen, lambda: "the screen shows\n" + "".join(screens))
        return screens[0]

    def is_sane(self):
        state = self.tmux("display-message", "-p", "-t", "t", "#{alternate_on} #{cursor_flag}")
        return state.strip() == "0 1"


def child_of(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as children:
        return int(children.read().split()[0])


def in_terminal(environment, *arguments, model="async"):
    """What get-poetry-MODEL writes to a terminal."""
    terminal, inside = os.openpty()
    client = subprocess.Popen([os.path.join(BIN, "get-poetry-" + model), *arguments],
                              stdin=inside, stdout=inside, stderr=inside,
                              env={**os.environ, **environment})
    os.close(inside)
    shown = b""
    with contextlib.suppress(OSError):  # which ends a terminal that nobody has open
        while part := os.read(terminal, 65536):
            shown += part
    client.wait()
    os.close(terminal)
    return shown


class ViewTest(ProgramTest):
    def serve(self, count):
        server = Server("--delay", "50ms", "--quiet", poems=[b"x" * 10000], listeners=count)
        self.addCleanup(server.__exit__, None, None, None)
        return [f"{host}:{port}" for host, port in server.addresses]


@unittest.skipUnless(shutil.which("tmux"), "needs tmux")
class OnScreen(ViewTest):
    def test_the_blocking_client_leaves_the_other_rows_empty_and_the_asynchronous_does_not(self):
        servers = self.serve(3)
        for model, waiting in (("blocking", 2), ("async", 0)):
            with self.subTest(model), Terminal(80, 24) as terminal:
                terminal.run("get-poetry-" + model, "--ascii", *servers)
                screen = terminal.wait_for(lambda screen: re.search("[.:+#]{4}", screen) and
                                           "reading" in screen)
                lanes = [line for line in screen.splitlines() if " 127.0.0.1:" in line]
                self.assertEqual(len(lanes), 3, screen)
                self.assertEqual(sum("waiting" in lane for lane in lanes), waiting, screen)

    def test_it_fits_any_terminal_and_follows_a_resize(self):
        servers = self.serve(300)
        for columns, rows in ((80, 24), (200, 50)):
            with self.subTest(columns), Terminal(columns, rows) as terminal:
                terminal.run("get-poetry-async", *servers)
                terminal.wait_for(lambda screen: "300 servers" in screen and
                                  len(screen.rstrip("\n").splitlines()) == rows)
                terminal.tmux("resize-window", "-t", "t", "-x", 60, "-y", 12)
                terminal.wait_for(lambda screen: len(screen.rstrip("\n").splitlines()) == 12 and
                                  "reading" in screen.splitlines()[-1])


@unittest.skipUnless(shutil.which("tmux"), "needs tmux")
class Sanity(ViewTest):
    """However a run ends, its terminal is as it was."""

    def client_in(self, terminal):
        return child_of(terminal.tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip())

    def test_the_terminal_is_sane_after_an_interruption_and_after_a_crash(self):
        servers = self.serve(3)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM,
                       signal.SIGUSR1, signal.SIGKILL):
            with self.subTest(number), Terminal(80, 24) as terminal:
                terminal.run("get-poetry-async", *servers)
                terminal.wait_for(lambda screen: "reading" in screen)
                self.assertFalse(terminal.is_sane())
                os.kill(self.client_in(terminal), number)
                terminal.wait_for(lambda _: terminal.is_sane())
                # After a crash the shell may have been faster, its prompt on the screen that is gone.
                terminal.tmux("send-keys", "-t", "t", "Enter")
                terminal.wait_for(lambda screen: "ready>" in screen)

    def test_the_terminal_is_sane_while_it_is_stopped_and_the_view_comes_back(self):
        with Terminal(80, 24) as terminal:
            terminal.run("get-poetry-async", *self.serve(3))
            terminal.wait_for(lambda screen: "reading" in screen)
            terminal.tmux("send-keys", "-t", "t", "C-z")
            terminal.wait_for(lambda _: terminal.is_sane())
            terminal.tmux("send-keys", "-t", "t", "fg", "Enter")
            terminal.wait_for(lambda screen: "reading" in screen and not terminal.is_sane())

    def test_the_terminal_is_sane_when_only_the_viewer_was_killed(self):
        servers = self.serve(3)
        for model in ("async", "processes"):
            for times in (1, 2):
                with self.subTest(model, times=times), Terminal(80, 24) as terminal:
                    terminal.run("get-poetry-" + model, *servers)
                    terminal.wait_for(lambda screen: "reading" in screen)
                    client = self.client_in(terminal)
                    os.kill(child_of(client), signal.SIGKILL)
                    with contextlib.suppress(ProcessLookupError):  # the first may be enough
                        for _ in range(times):
                            os.kill(client, signal.SIGINT)
                    terminal.wait_for(lambda _: terminal.is_sane())

    def test_the_terminal_is_sane_after_signals_to_the_whole_group(self):
        servers = self.serve(3)
        for model in (name.removeprefix("get-poetry-") for name in sorted(os.listdir(BIN))
                      if name.startswith("get-poetry-")):
            for numbers in ([signal.SIGQUIT], [signal.SIGHUP], [signal.SIGTERM] * 2,
                            [signal.SIGUSR1]):
                with self.subTest(model, signals=numbers), Terminal(80, 24) as terminal:
                    terminal.run("get-poetry-" + model, *servers)
                    terminal.wait_for(lambda screen: "reading" in screen)
                    client = self.client_in(terminal)
                    with contextlib.suppress(ProcessLookupError):
                        for number in numbers:
                            os.killpg(client, number)
                    terminal.wait_for(lambda _: terminal.is_sane())


class Written(ViewTest):
    """What the view writes, byte for byte."""

    def test_elsewhere_it_is_plain_lines_and_only_when_asked_for(self):
        servers = self.serve(1)

        def check(seconds):
            client = [os.path.join(BIN, "get-poetry-async"), "--max-time", str(seconds), *servers]
            self.assertEqual(subprocess.run(client, capture_output=True, check=False).stderr, b"")
            told = subprocess.run([*client, "--live", "always"], capture_output=True, check=False)
            if b"1 reading" not in told.stderr:
                raise NotInTime(told.stderr)
            self.assertNotIn(b"\x1b", told.stderr)

        in_time(check, (1.5, 10))

    def test_one_that_nobody_reads_costs_neither_the_result_nor_the_end(self):
        server, = self.serve(1)
        nobody, full = os.pipe()
        self.addCleanup(os.close, nobody)
        self.addCleanup(os.close, full)
        os.set_blocking(full, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(full, bytes(1))
        os.set_blocking(full, True)
        for model in ("async", "processes"):
            with self.subTest(model):
                client = [os.path.join(BIN, "get-poetry-" + model), "--live", "always",
                          "--max-time", "2500ms", server]
                # The viewer holds stdout, too: its end is that of both.
                told = subprocess.run(client, stdout=subprocess.PIPE, stderr=full, check=False)
                self.assertEqual(told.returncode, 1)
                self.assertIn(b"\nGot 0 of 1 poems, ", told.stdout)

    def test_a_dumb_terminal_gets_no_control_sequences(self):
        server, = self.serve(1)
        for options in ([], ["--live", "always"]):
            with self.subTest(options):
                in_time(lambda seconds: self.check_dumb(options, server, seconds), (1.5, 10, 60))

    def check_dumb(self, options, server, seconds):
        shown = in_terminal({"TERM": "dumb"}, "--max-time", str(seconds), *options, server)
        self.assertNotIn(b"\x1b", shown)
        if options and b"reading" not in shown:
            raise NotInTime(shown)
        self.assertEqual(b"reading" in shown, bool(options))

    def test_a_locale_that_is_not_utf_8_gets_ascii(self):
        server, = self.serve(1)
        for locale, blocks in (({"LC_ALL": "C"}, False), ({"LC_ALL": "C.UTF-8"}, True),
                               ({"LC_ALL": "", "LC_CTYPE": "POSIX", "LANG": "C.UTF-8"}, False),
                               ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "xx_XX.utf8"}, True)):
            with self.subTest(locale):
                in_time(lambda seconds: self.check_blocks(locale, blocks, server, seconds),
                        (0.5, 5, 60))

    def check_blocks(self, locale, blocks, server, seconds):
        shown = in_terminal({"TERM": "xterm", **locale}, "--max-time", str(seconds), server)
        if b"\x1b[?1049h" not in shown:
            raise NotInTime(shown)
        self.assertEqual(any(byte >= 0x80 for byte in shown), blocks)

    def test_its_cost_is_not_counted_as_the_clients(self):
        server, = self.serve(1)
        with tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "trace")
            for model in ("async", "processes"):
                shown = in_terminal({"TERM": "xterm"}, "--max-time", "2s", "--json", "--trace",
                                    trace, server, model=model)
                with open(trace, encoding="utf-8") as file:
                    result = json.load(file)["otherData"]["result"]
                # A chunk each 50 ms, and a look of the view each 10 ms.
                self.assertLess(result["switches_voluntary"], 100)
                told = shown[shown.index(b'{"schema"'):].splitlines()[0]
                self.assertEqual(json.loads(told), result)


class RaceProgress(ProgramTest):
    """The line in which a race tells how far it is."""

    def test_on_a_narrow_terminal_it_stays_one_line(self):
        with Terminal(40, 60) as terminal, tempfile.TemporaryDirectory() as folder:
            terminal.run("poetry-race", "--json", "--tasks 2 --bytes 30 --delay 50ms --runs 2",
                         "--models coroutines,processes --out", folder, ">", os.path.join(folder, "results"))
            terminal.wait_for(lambda screen: "Run 3 of 4" in screen)
            screen = terminal.wait_for(lambda screen: "Wrote" in screen)
            self.assertNotRegex(screen, r"Run \d of 4|s left")
