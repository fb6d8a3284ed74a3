"""What slowpoetry sends, and how a connection ends, tested with the real program over loopback.

What has arrived shows who is served: with a delay of an hour, each reader holds exactly the chunks
that are due. No test sleeps until something has probably happened."""

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

from programs import ProgramTest, wait_until
from running_server import (
    hang_up,
    is_silent,
    parse,
    POEM,
    PROGRAM,
    read_exactly,
    read_until_reset,
    read_whole,
    Server,
)


class WholePoems(ProgramTest):
    def test_every_byte_arrives_once_and_then_the_end(self):
        with Server("--num-bytes", "7", "--delay", "1ms") as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), POEM)
            self.assertIn(f"({len(POEM)} bytes, 7 every 1 ms, 0.1 s).", server.serving[0])

    def test_each_poem_has_a_port_and_each_reader_a_schedule_of_its_own(self):
        poems = [b"first poem", b"second poem, longer"]
        with Server("--num-bytes", "4", "--delay", "3600", poems=poems) as server:
            early = [server.connect(0), server.connect(1)]
            self.assertEqual([read_exactly(r, 4) for r in early], [b"firs", b"seco"])
            late = server.connect(0)
            self.assertEqual(read_exactly(late, 4), b"firs")
            for reader in [*early, late]:
                self.assertTrue(is_silent(reader))
                reader.close()

    def test_poems_are_dealt_round_robin_to_listeners(self):
        with Server("--delay", "0", listeners=5, poems=[b"a", b"b"]) as server:
            read = []
            for port in range(5):
                with server.connect(port) as reader:
                    read.append(read_whole(reader))
            self.assertEqual(read, [b"a", b"b", b"a", b"b", b"a"])

    def test_also_without_a_delay_a_reader_has_a_second_to_close(self):
        with Server("--delay", "0") as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), POEM)
            wait_until(lambda: server.events("finished"))
            connected, finished = server.events("connected")[0], server.events("finished")[0]
            # The time that is told ends with the server's end of file, not when it closes.
            self.assertGreaterEqual(finished["at_s"] - connected["at_s"] - finished["time_s"], 0.9)

    def test_without_a_delay_a_short_poem_and_its_end_are_one_segment(self):
        with Server("--delay", "0") as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), POEM)
            # tcpi_segs_in of Linux's struct tcp_info: the answer to our SYN, and the poem.
            info = reader.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 144)
            self.assertEqual(struct.unpack_from("I", info, 140), (2,))

    def test_a_thousand_ports(self):
        with Server("-q", "--delay", "1ms", listeners=1000, poems=[b"many"]) as server:
            readers = [server.connect(port) for port in range(1000)]
            self.assertEqual({read_whole(reader) for reader in readers}, {b"many"})
            for reader in readers:
                reader.close()

    def test_a_reader_that_talks_first_sees_a_clean_end(self):
        for talk in (b"GET / HTTP/1.0\r\n\r\n", b"x" * 200_000):
            with self.subTest(bytes=len(talk)), Server("--delay", "1ms") as server:
                with server.connect() as reader:
                    reader.sendall(talk)
                    self.assertEqual(read_whole(reader), POEM)

    def test_a_reader_that_talks_to_the_end_sees_a_clean_end(self):
        with Server("--delay", "1ms") as server, server.connect() as reader:
            data = b""
            while part := reader.recv(64):
                data += part
                reader.send(b"go on")
            self.assertEqual(data, POEM)
            reader.close()
            wait_until(lambda: server.events("finished"))
            self.assertEqual(server.events("finished")[0]["ending"], "whole")

    def test_a_reader_may_talk_without_end(self):
        with Server("--delay", "3600") as server, server.connect() as reader:
            for _ in range(64):
                reader.sendall(bytes(1 << 20))  # more than buffers hold: somebody takes it

    def test_a_reader_that_half_closes_is_still_served(self):
        with Server("--delay", "1ms") as server, server.connect() as reader:
            reader.shutdown(socket.SHUT_WR)
            self.assertEqual(read_whole(reader), POEM)

    def test_a_reader_that_keeps_its_end_open_is_closed(self):
        with Server("--delay", "0") as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), POEM)
            wait_until(lambda: server.events("finished"))  # after a second

    def test_what_the_system_has_taken_arrives_even_after_the_server_has_closed(self):
        poem = os.urandom(100_000)
        with Server("--delay", "0", poems=[poem]) as server:
            with server.connect(receive_buffer=4096) as reader:
                wait_until(lambda: server.totals()["bytes"] == len(poem))
                reader.sendall(b"I am slow, and I talk")
                wait_until(lambda: server.events("finished"))
                self.assertTrue(read_whole(reader) == poem)

    def test_ipv6(self):
        with Server("--iface", "::1", "--delay", "0") as server, server.connect() as reader:
            self.assertIn("on [::1]:", server.serving[0])
            self.assertEqual(read_whole(reader), POEM)

    def test_a_poem_bigger_than_every_buffer(self):
        poem = os.urandom(1 << 20) * 24
        with Server("--delay", "0", poems=[poem]) as server, server.connect() as reader:
            self.assertTrue(read_exactly(reader, 1) == poem[:1])
            self.assertTrue(read_whole(reader) == poem[1:])
            self.assertEqual(server.stop()[1]["bytes"], len(poem))


@unittest.skipUnless(shutil.which("curl"), "needs curl")
class ReadByCurl(ProgramTest):
    def test_curl_is_a_reader(self):
        with Server("--delay", "1ms") as server:
            host, port = server.addresses[0]
            got = subprocess.run(["curl", "-s", f"gopher://{host}:{port}/"], capture_output=True)
            self.assertEqual((got.returncode, got.stdout), (0, POEM))


@unittest.skipUnless(shutil.which("nc"), "needs nc")
class ReadByNetcat(ProgramTest):
    def test_nc_is_a_reader(self):
        with Server("--delay", "1ms") as server:
            host, port = server.addresses[0]
            got = subprocess.run(["nc", host, str(port)], input=b"", capture_output=True)
            self.assertEqual((got.returncode, got.stdout), (0, POEM))


class CutOffPoems(ProgramTest):
    def test_a_killed_server_resets_its_readers(self):
        with Server("--num-bytes", "5", "--delay", "3600") as server:
            readers = [server.connect() for _ in range(3)]
            for reader in readers:
                self.assertEqual(read_exactly(reader, 5), POEM[:5])
            server.process.kill()
            for reader in readers:
                self.assertEqual(read_until_reset(reader), b"")
                reader.close()

    def test_a_stopped_server_resets_its_readers_and_prints_totals(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            with self.subTest(number), Server("--num-bytes", "5", "--delay", "3600") as server:
                with server.connect() as reader:
                    read_exactly(reader, 5)
                    code, totals = server.stop(number)
                    self.assertEqual(read_until_reset(reader), b"")
                    self.assertEqual(code, 0)
                    self.assertEqual((totals["readers"], totals["stopped"]), (1, 1))
                    self.assertEqual((totals["bytes"], totals["chunks"]), (5, 1))

    def test_signals_that_nohup_or_a_scripts_ampersand_ignores_stay_ignored(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            ignore = lambda: signal.signal(number, signal.SIG_IGN)
            with self.subTest(number), Server("--delay", "1ms", preexec_fn=ignore) as server:
                server.process.send_signal(number)
                self.assertEqual(server.totals()["readers"], 0)
                with server.connect() as reader:
                    self.assertEqual(read_whole(reader), POEM)
                self.assertEqual(server.stop()[0], 0)

    def test_totals_tell_the_most_readers_at_once(self):
        with Server("--num-bytes", "5", "--delay", "3600", poems=[POEM, POEM]) as server:
            for peak, ports in ((1, [0]), (1, [1]), (2, [0, 1]), (2, [0])):
                readers = [server.connect(port) for port in ports]
                for reader in readers:
                    read_exactly(reader, 5)
                self.assertEqual(server.totals()["peak_readers"], peak)
                for reader in readers:
                    hang_up(reader)
                wait_until(lambda: server.totals()["still_connected"] == 0)

    def test_a_reader_at_the_end_of_its_poem_is_not_one_at_once(self):
        with Server("--delay", "0") as server, contextlib.ExitStack() as readers:
            for _ in range(3):
                self.assertEqual(read_whole(readers.enter_context(server.connect())), POEM)
            self.assertEqual(server.totals()["peak_readers"], 1)

    def test_a_stopped_server_ends_poems_that_are_whole_cleanly(self):
        with Server("--num-bytes", "100", "--delay", "3600", poems=[b"short"]) as server:
            with server.connect() as reader:
                reader.sendall(b"hello")
                read_exactly(reader, 5)
                totals = server.stop()[1]
                self.assertEqual(read_whole(reader), b"")
                self.assertEqual(totals["whole"], 1)

    def test_with_grace_readers_finish(self):
        with Server("--delay", "20ms", "--num-bytes", "50", "--grace", "60") as server:
            with server.connect() as reader:
                first = read_exactly(reader, 1)
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(first + read_whole(reader), POEM)
            self.assertEqual(server.process.wait(), 0)

    def test_when_grace_is_over_readers_are_reset(self):
        with Server("--delay", "3600", "--grace", "10ms") as server, server.connect() as reader:
            read_exactly(reader, 10)
            self.assertEqual(server.stop()[0], 0)
            self.assertEqual(read_until_reset(reader), b"")

    def test_during_grace_nobody_is_accepted_and_a_second_signal_exits_at_once(self):
        with Server("--delay", "3600", "--grace", "3600") as server, server.connect() as reader:
            read_exactly(reader, 10)
            self.assertTrue(server.listens())
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not server.listens())
            self.assertIsNone(server.process.poll())
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(), 143)
            self.assertEqual(read_until_reset(reader), b"")

    def test_a_reader_that_takes_nothing_is_dropped_and_others_are_served(self):
        poem = bytes(32 << 20)
        with Server("--delay", "0", "--write-timeout", "300ms", poems=[poem, POEM]) as server:
            with server.connect(0, receive_buffer=4096) as idle, server.connect(1) as other:
                self.assertEqual(read_whole(other), POEM)
                wait_until(lambda: server.totals()["dropped"] == 1)
                self.assertLess(len(read_until_reset(idle)), len(poem))

    def test_a_reader_that_went_away_is_noticed_before_the_next_chunk(self):
        with Server("--delay", "3600") as server:
            reader = server.connect()
            read_exactly(reader, 10)
            hang_up(reader)
            wait_until(lambda: server.events("finished"))
            self.assertEqual(server.events("finished")[0]["ending"], "left")
            self.assertEqual(server.events("finished")[0]["chunks"], 1)


class UnreadOutput(ProgramTest):
    """The server writes into a pipe that is full, and that nobody reads."""

    def setUp(self):
        super().setUp()
        self.pipe, self.full = os.pipe()
        self.addCleanup(os.close, self.pipe)
        self.addCleanup(os.close, self.full)
        os.set_blocking(self.full, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.full, bytes(4096))
        os.set_blocking(self.full, True)

    def read_until(self, text):
        """What is in the pipe up to the read that brings `text`; readers come and go meanwhile."""
        said = b""
        while text not in said:
            self.server.connect().close()
            said += os.read(self.pipe, 65536)
        return said

    def test_a_log_that_nobody_reads_delays_no_reader_and_counts_what_it_dropped(self):
        poem = os.urandom(10_000)
        with Server("-v", "--num-bytes", "1", "--delay", "0.1ms", poems=[poem],
                    stderr=self.full) as self.server:
            with self.server.connect() as reader:
                self.assertEqual(read_whole(reader), poem)
            dropped = self.server.totals()["log_lines_dropped"]
            self.assertGreater(dropped, 0)
            said = self.read_until(b"lines of the log were dropped")
            # The first says it all; as there is more and less room, others may follow.
            line = next(line for line in said.split(b"\n") if b"were dropped" in line)
            warning = json.loads(line)
            self.assertEqual(warning["event"], "warning")
            self.assertGreaterEqual(int(warning["message"].split()[0]), dropped)

    def test_a_server_whose_log_nobody_reads_can_be_stopped(self):
        with Server("--delay", "0", stderr=self.full) as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), POEM)
            self.assertEqual(server.stop()[0], 0)

    def test_a_stdout_that_nobody_reads_delays_no_reader(self):
        with tempfile.TemporaryDirectory() as folder:
            ports = os.path.join(folder, "ports")
            process = subprocess.Popen(
                [PROGRAM, "--delay", "0", "--port-file", ports, "-q", "the-kettle", "low-tide"],
                stdout=self.full)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            wait_until(lambda: os.path.exists(ports))
            with open(ports) as file:
                addresses = [parse(line) for line in file]
            for address in addresses:
                process.send_signal(signal.SIGUSR1)
                with socket.create_connection(address, timeout=self.WATCHDOG) as reader:
                    self.assertGreater(len(read_whole(reader)), 600)
            process.send_signal(signal.SIGTERM)
            while process.poll() is None:  # it waits for somebody to read the totals
                process.send_signal(signal.SIGTERM)
            self.assertEqual(process.returncode, 143)


class Faults(ProgramTest):
    def test_stall_sends_the_given_bytes_and_then_nothing(self):
        with Server("--delay", "1ms", "--fault", "stall@25") as server, server.connect() as reader:
            self.assertEqual(read_exactly(reader, 25), POEM[:25])
            self.assertTrue(is_silent(reader))

    def test_a_reader_that_leaves_before_or_after_the_stall_frees_its_place(self):
        for before in (True, False):
            with self.subTest(before=before), Server("--delay", "50ms", "--one-at-a-time", "--fault",
                                                     "stall@10") as server:
                with server.connect() as reader:
                    read_exactly(reader, 10)
                    if not before:
                        self.assertTrue(is_silent(reader))
                wait_until(lambda: server.events("finished"))
                with server.connect() as reader:
                    read_exactly(reader, 10)

    def test_reset_ends_the_connection_after_the_given_bytes(self):
        with Server("--delay", "1ms", "--fault", "reset@25") as server, server.connect() as reader:
            self.assertEqual(read_until_reset(reader), POEM[:25])

    def test_truncate_ends_as_if_the_poem_were_whole(self):
        with Server("--delay", "1ms", "--fault", "truncate@25") as server:
            with server.connect() as reader:
                self.assertEqual(read_whole(reader), POEM[:25])
            self.assertEqual(server.stop()[1]["faulted"], 1)

    def test_half_the_poem_is_sent_by_default(self):
        with Server("--delay", "1ms", "--fault", "truncate") as server:
            with server.connect() as reader:
                self.assertEqual(read_whole(reader), POEM[:len(POEM) // 2])

    def test_a_reset_before_the_first_byte(self):
        with Server("--fault", "reset@0") as server:
            # It may be reset as early as it connects.
            with self.assertRaises(ConnectionResetError), server.connect() as reader:
                self.assertEqual(read_whole(reader), b"neither a byte nor an end")

    def test_a_poem_truncated_to_nothing_still_ends_cleanly(self):
        with Server("--fault", "truncate@0") as server, server.connect() as reader:
            self.assertEqual(read_whole(reader), b"")
            wait_until(lambda: server.events("finished"))  # the reader has not closed, but had its time
            self.assertEqual(reader.recv(1), b"")

    def test_refuse_holds_the_port_and_does_not_listen(self):
        with Server("--fault", "refuse") as server:
            with self.assertRaises(ConnectionRefusedError):
                server.connect()
