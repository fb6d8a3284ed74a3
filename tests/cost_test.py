"""What a chunk and a reader cost the real programs in system calls and bytes: counts, which are the
same on a loaded machine. scripts/bench.sh measures what they cost in time."""

import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

from programs import BIN, ProgramTest, SANITIZED, wait_until
from running_server import Server

CLIENT = os.path.join(BIN, "get-poetry-async")
SOCKET_CALLS = ("send", "sendto", "sendmsg", "recv", "recvfrom", "recvmsg", "epoll_ctl")
READERS, CHUNKS = 20, 100
POEM = b"ten bytes\n" * CHUNKS


def count_calls(report):
    """Socket calls in a report of `strace -c`."""
    calls = 0
    for line in report.read_text().splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0].isdigit() and fields[1] in SOCKET_CALLS:
            calls += int(fields[0])
    return calls


def trace(report, *more):
    return ["strace", "-f", "-c", "-U", "calls,name", "-o", str(report), *more]


@unittest.skipIf(SANITIZED, "sanitizers make calls, and take memory, of their own")
@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class CallsPerChunk(ProgramTest):
    """Twenty downloads of a hundred chunks: setting up and ending them is in the figure, too."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.report = pathlib.Path(self.folder.name, "calls")
        self.addCleanup(self.folder.cleanup)

    def download(self, server, *tracer):
        done = subprocess.run(
            [*tracer, CLIENT, "-q", "--repeat", str(READERS), "%s:%d" % server.addresses[0]],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_server_makes_one_socket_call_for_each_chunk(self):
        with Server("-q", "--delay", "10ms", poems=[POEM]) as server:
            tracer = subprocess.Popen(trace(self.report, "-p", str(server.process.pid)),
                                      stderr=subprocess.PIPE, text=True)
            self.assertIn("attached", tracer.stderr.readline())
            self.download(server)
            server.stop()
            tracer.wait()
            tracer.stderr.close()
        self.assertLessEqual(count_calls(self.report) / (READERS * CHUNKS), 1.10)

    def test_the_client_makes_one_socket_call_for_each_chunk(self):
        with Server("-q", "--delay", "10ms", poems=[POEM]) as server:
            self.download(server, *trace(self.report))
        self.assertLessEqual(count_calls(self.report) / (READERS * CHUNKS), 1.15)


@unittest.skipIf(SANITIZED, "sanitizers make calls, and take memory, of their own")
class BytesPerDownload(ProgramTest):
    def test_a_waiting_download_takes_a_fifth_of_a_kilobyte(self):
        """It takes 192 bytes and the allocator's share; pages that are half full make it 220. One
        object more for each download, a timer, a function, a buffer, is beyond the bound."""
        few, many = 100, 4000
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < many + 100:
            self.skipTest(f"needs {many + 100} descriptors, may have {hard}")
        few_bytes, many_bytes = self.bytes_of(few), self.bytes_of(many)
        self.assertLess((many_bytes - few_bytes) / (many - few), 280)

    def bytes_of(self, downloads):
        """What the client takes once all its downloads are under way."""
        with Server("-q", "--delay", "3600", poems=[POEM]) as server:
            client = subprocess.Popen(
                [CLIENT, "-q", "--repeat", str(downloads), "%s:%d" % server.addresses[0]],
                stdout=subprocess.DEVNULL)
            try:
                wait_until(lambda: server.totals()["readers"] == downloads
                           and has_settled(client.pid))
                return resident_bytes(client.pid)
            finally:
                client.kill()
                client.wait()


def has_settled(pid):
    """It sleeps: for what will not come for an hour."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no Rss in smaps_rollup")
