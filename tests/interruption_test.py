"""Interrupted runs: a partial report, and an exit code that says which signal it was. Runs the real
program of every model over loopback."""

import fcntl
import json
import os
import signal
import struct
import termios

from client_failures_test import Unresponsive
from client_test import ClientTest, crc32, names, POEMS
from programs import has_socket, in_time, NotInTime, SANITIZED, wait_until
from running_client import ALONE, Client, clients, is_pending, MODELS, read
from running_server import Server

PATIENT = ("--idle-timeout", "3600")  # however slow the machine is
CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGQUIT: 131, signal.SIGTERM: 143}


class HalfWay(ClientTest):
    def setUp(self):
        self.quick = self.enterContext(Server("--delay", "1ms", poems=POEMS[:1]))
        self.slow = self.enterContext(Server("--num-bytes", "7", "--delay", "3600",
                                             poems=[b"Silence of the first", b"Silence, again"]))

    def running(self):
        """A client of each model that has one poem and waits for two more, as far as it can."""
        self.folder = ClientTest.folder(self)
        of = lambda model: ["-o", f"{self.folder}/{model}", *PATIENT, *names(self.quick),
                            *names(self.slow)]
        return clients(of)

    def wait_for_silence(self, client):
        """Waits until the first poem is there, and all that will ever come of the others."""
        folder = f"{self.folder}/{client.model}"
        silent = 1 if client.model in (*ALONE, "eager", "broken") else 2
        part = lambda i: f"{folder}/{i + 1}-127.0.0.1-{self.slow.addresses[i - 1][1]}.txt.part"
        whole = f"{folder}/1-127.0.0.1-{self.quick.addresses[0][1]}.txt"
        here = lambda path: os.path.exists(path) and read(path)
        # Broken may come to the second server first and never to any other.
        wait_until(lambda: client.process.poll() is not None or (
                   (here(whole) or client.model == "broken") and
                   sum(here(part(i)) == b"Silence" for i in (1, 2)) >= silent))

    def test_ctrl_c_and_kill_leave_a_partial_report(self):
        for number, code in CODES.items():
            with self.running() as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model, signal=number):
                        self.wait_for_silence(client)
                        client.signal(number)
                        self.check_ended(client, code)
                        first = POEMS[0] if "Task 1: got" in client.stdout else b""
                        self.assertTrue(first or client.model == "broken")
                        self.assertIn(f"Got {1 if first else 0} of 3 poems, ", client.stdout)
                        for task, name in enumerate(names(self.slow), 2):
                            self.assertRegex(client.stdout, f"Task {task}: cancelled after [07] "
                                             f"bytes from {name}: interrupted\n")

    def test_the_result_and_the_trace_are_valid(self):
        folder = self.folder()
        visitors = 0
        for model in MODELS:
            with self.subTest(model):
                trace = f"{folder}/{model}"
                visitors += 1 if model in ALONE else 2
                with Client(model, "--json", "--trace", trace, *names(self.slow)) as client:
                    wait_until(lambda: len(self.slow.events("connected")) == visitors)
                    client.signal(signal.SIGINT)
                    self.check_ended(client, 130, complaints=2)
                    result = client.result
                    self.assertEqual((result["ok"], result["failed"], result["cancelled"]),
                                     (0, 0, 2))
                    for task in result["tasks"]:
                        self.assertEqual(task["error"], "interrupted")
                        self.assertEqual(task["crc32"], crc32(b"Silence"[:task["bytes"]]))
                    with open(trace) as file:
                        self.assertEqual(json.load(file)["otherData"]["result"]["tasks"],
                                         result["tasks"])

    def test_what_arrived_so_far_stays_in_a_part(self):
        with self.running() as all_of_them:
            for client in all_of_them:
                with self.subTest(client.model):
                    self.wait_for_silence(client)
                    client.signal(signal.SIGINT)
                    self.assertEqual(client.wait(), 130)
                    folder = f"{self.folder}/{client.model}"
                    files = {name[0]: name for name in os.listdir(folder)}
                    for task, poem in (("2", b"Silence of the first"), ("3", b"Silence, again")):
                        if task in files:
                            self.assertTrue(files[task].endswith(".txt.part"))
                            self.assertTrue(poem.startswith(read(f"{folder}/{files[task]}")))

    def test_ctrl_c_at_a_terminal_reaches_the_whole_group_and_changes_nothing(self):
        # Again and again: which of the processes is the first to be told is a matter of luck.
        for times in range(1, 11):
            with Client("processes", "--json", *names(self.slow), start_new_session=True) as client:
                wait_until(lambda: len(self.slow.events("connected")) == 2 * times)
                os.killpg(client.pid, signal.SIGINT)
                self.check_ended(client, 130, complaints=2)
                self.assertEqual(client.result["cancelled"], 2)


class AnyTime(ClientTest):
    def test_while_a_server_accepts_nobody(self):
        with Unresponsive() as server:
            with clients(["--json", "--connect-timeout", "3600", server.name]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        wait_until(lambda: is_connecting(client, server.address[1]))
                        client.signal(signal.SIGINT)
                        self.check_ended(client, 130, complaints=1)
                        self.assertEqual(client.result["cancelled"], 1)

    def test_while_it_works(self):
        # The first chunk alone takes more work than the test has patience.
        with Server("--num-bytes", "100") as server:
            with clients(["-v", "--work", "100s", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        client.wait_to_say("bytes of poetry")
                        client.signal(signal.SIGINT)
                        self.assertEqual(client.code, 130)
                        self.assertRegex(client.stdout, r"Task 1: cancelled after [1-9]\d* bytes")
            in_time(lambda seconds: self.check_time_is_up(server, seconds), (1, 10, 60))

    def check_time_is_up(self, server, seconds):
        with clients(["--work", "100s", "--max-time", seconds, *names(server)]) as all_of_them:
            for client in all_of_them:
                self.assertEqual(client.code, 1, client)
                if "Task 1: cancelled after 0 bytes" in client.stdout:
                    raise NotInTime(client)
                self.assertRegex(client.stdout, r"Task 1: cancelled after [1-9]\d* bytes", client)

    def test_chained_downloads_are_all_cancelled(self):
        with Server("--delay", "3600", poems=POEMS) as server:
            arguments = ["--json", "--chain", "--repeat", "100", *PATIENT, *names(server)]
            with clients(arguments) as all_of_them:
                wait_until(lambda: len(server.events("connected")) == len(MODELS))
                for client in all_of_them:
                    with self.subTest(client.model):
                        client.signal(signal.SIGTERM)
                        self.check_ended(client, 143, complaints=300)
                        self.assertEqual(client.result["cancelled"], 300)

    def test_a_second_signal_ends_the_program_at_once(self):
        # Nobody can be told while a line waits for a reader; the second signal asks no more. The
        # poem is long: however many of its bytes come at once, their lines fill the pipe.
        with Server("--num-bytes", "1", "--delay", "1ms", poems=[POEMS[0] * 100] * 3) as server:
            for model in MODELS:
                with self.subTest(model):
                    nobody, stdout = os.pipe()
                    size = fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, 4096)
                    with Client(model, "-v", *names(server), stdout=stdout) as client:
                        wait_until(lambda: bytes_in(nobody) > size - 100)
                        client.signal(signal.SIGINT)
                        wait_until(lambda: not is_pending(client.pid, signal.SIGINT))
                        client.signal(signal.SIGTERM)
                        # A sanitizer may hold signals back, and hand them out in another order.
                        self.assertIn(client.code, (143, 130) if SANITIZED else (143,))
                    os.close(nobody)
                    os.close(stdout)

    def test_before_the_clock_starts(self):
        # A file to compare with that nobody writes: the client waits for its first byte.
        path = f"{self.folder()}/pipe"
        os.mkfifo(path)
        for model in MODELS:
            with self.subTest(model), Client(model, "--verify", path, "1") as client:
                writer = os.open(path, os.O_WRONLY)  # returns when the client has opened it
                client.signal(signal.SIGINT)
                self.check_ended(client, 130)
                os.close(writer)


def bytes_in(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def is_connecting(client, port):
    """Whether it, or a child of its, has sent a request to connect that nobody answers."""
    return any(has_socket(pid, "02", port) for pid in [client.pid, *client.children()])
