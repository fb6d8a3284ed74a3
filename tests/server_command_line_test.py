"""What slowpoetry says to its user, in the terminal, in the log and by its exit code."""

import datetime
import json
import os
import subprocess
import tempfile
import time
import unittest

from programs import ProgramTest, SANITIZED, wait_until
from running_server import POEM, PROGRAM, read_whole, run, Server


class CommandLine(ProgramTest):
    def setUp(self):
        file = tempfile.NamedTemporaryFile(suffix=".txt")
        self.addCleanup(file.close)
        file.write(POEM)
        file.flush()
        self.poem = file.name

    def check_refused(self, code, mention, *arguments):
        with self.subTest(arguments):
            result = run(*arguments)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(mention, result.stderr)

    def test_an_invalid_command_line_is_refused_in_one_line_with_2(self):
        self.check_refused(2, "which poem?")
        self.check_refused(2, "--num-bytes", "--num-bytes", "0", self.poem)
        self.check_refused(2, "--num-bytes", "--num-bytes", "-5", self.poem)
        self.check_refused(2, "--delay", "--delay", "soon", self.poem)
        self.check_refused(2, "from 0ms to 86400s", "--delay", "-1", self.poem)
        self.check_refused(2, "each needs a port", "--listeners", "1", self.poem, self.poem)
        self.check_refused(2, "exclude each other", "-q", "-v", self.poem)
        self.check_refused(2, "--port", "--port", "99999", self.poem)
        self.check_refused(2, "no-such-option", "--no-such-option", self.poem)

    def test_a_failure_is_reported_in_one_line_with_1(self):
        self.check_refused(1, "no such file", "/no/such/poem.txt")
        self.check_refused(1, "is empty", "/dev/null")
        self.check_refused(1, "Is a directory", "/")
        self.check_refused(1, "Cannot assign requested address", "--iface", "192.0.2.1", self.poem)
        if os.getuid() != 0:
            os.chmod(self.poem, 0)
            self.check_refused(1, "Permission denied", self.poem)

    def test_a_port_that_is_taken_is_named(self):
        with Server() as server:
            port = str(server.addresses[0][1])
            self.check_refused(1, f"127.0.0.1:{port}: Address already in use", "--port", port,
                               self.poem)

    def test_a_port_file_that_cannot_be_written_is_named(self):
        self.check_refused(1, "/no/such/folder/ports", "--port-file", "/no/such/folder/ports",
                           self.poem)
        with tempfile.TemporaryDirectory() as folder:
            loop = os.path.join(folder, "loop")
            os.symlink("loop", loop)
            self.check_refused(1, f"cannot write {loop}: Too many levels", "--port-file", loop,
                               self.poem)

    @unittest.skipIf(SANITIZED, "the sanitizers need /proc")
    def test_without_proc_the_poems_are_found_all_the_same(self):
        alone = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
        if subprocess.run([*alone, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("needs mount namespaces")
        done = subprocess.run([*alone, PROGRAM, "no-such-poem"], capture_output=True, text=True)
        self.assertIn("nor a poem that comes with the program (", done.stderr)
        self.assertIn("the-kettle", done.stderr)

    def test_a_closed_stdout_ends_the_program_quietly_with_1(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        with os.fdopen(write_end, "wb") as out:
            result = subprocess.run([PROGRAM, self.poem], stdout=out, stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stderr), (1, b""))

    def test_help_shows_defaults_and_examples(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        # What makes manual pages of it expects the usage in the first line.
        self.assertTrue(result.stdout.startswith("Usage: slowpoetry [options] POEM...\nServe poems "))
        for text in ("(default: 100ms)", "Examples:\n  slowpoetry "):
            self.assertIn(text, result.stdout)

    def test_a_non_loopback_address_causes_a_warning(self):
        with Server("--iface", "0.0.0.0", log="text") as server:
            wait_until(lambda: "warning: 0.0.0.0 is not a loopback address" in server.logged())

    def test_quiet_logs_nothing_and_still_gives_totals(self):
        with Server("-q", "--delay", "0") as server:
            with server.connect() as reader:
                read_whole(reader)
            self.assertEqual(server.stop()[1]["whole"], 1)
            self.assertEqual(server.logged(), "")

    def test_a_connection_is_logged_at_its_beginning_and_its_end(self):
        with Server("--delay", "1ms", "--num-bytes", "100", poems=[b"x" * 250]) as server:
            with server.connect() as reader:
                host, port = reader.getsockname()
                read_whole(reader)
            wait_until(lambda: server.events("finished"))
            connected, finished = server.events("connected")[0], server.events("finished")[0]
            self.assertEqual((connected["reader"], connected["from"]), (1, f"{host}:{port}"))
            self.assertEqual((finished["bytes"], finished["chunks"], finished["ending"]), (250, 3, "whole"))
            self.assertGreaterEqual(finished["time_s"], 0.003)

    def test_every_line_of_the_log_says_when(self):
        now = lambda: (datetime.datetime.now(datetime.timezone.utc), time.monotonic())
        begin = now()
        with Server("-v", "--delay", "0", "--iface", "0.0.0.0") as server:
            with server.connect() as reader:
                read_whole(reader)
            wait_until(lambda: server.events("finished"))
            lines = [*server.logged().splitlines(), json.dumps(server.totals())]
        end = now()
        events = [json.loads(line) for line in lines]
        self.assertEqual([event["event"] for event in events],
                         ["warning", "connected", "sent", "finished", "totals"])
        times = [(datetime.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S.%f%z"), event["at_s"])
                 for event in events]
        for clock in zip(begin, *times, end):
            self.assertEqual(list(clock), sorted(clock))

    def test_every_line_of_the_log_as_text_begins_with_the_time(self):
        with Server("-v", "--delay", "0", "--iface", "0.0.0.0", log="text") as server:
            with server.connect() as reader:
                read_whole(reader)
            wait_until(lambda: "finished" in server.logged())
            for line in server.logged().splitlines():
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ")
