"""Limits on readers, what a reader costs, and when chunks are sent, tested with the real server."""

import concurrent.futures
import contextlib
import resource
import signal
import time
import unittest

from programs import in_time, NotInTime, ProgramTest, SANITIZED, wait_until
from running_server import (
    hang_up,
    is_silent,
    POEM,
    read_exactly,
    read_whole,
    Server,
)


def visit(server, port):
    with server.connect(port) as reader:
        return read_whole(reader)


class Seats(ProgramTest):
    OPTIONS = ("--num-bytes", "4", "--delay", "3600")

    def test_one_at_a_time_per_port(self):
        with Server("--one-at-a-time", *self.OPTIONS, poems=[POEM, POEM]) as server:
            first, second, elsewhere = server.connect(0), server.connect(0), server.connect(1)
            self.assertEqual(read_exactly(first, 4), POEM[:4])
            self.assertEqual(read_exactly(elsewhere, 4), POEM[:4])
            self.assertTrue(is_silent(second))
            hang_up(first)
            self.assertEqual(read_exactly(second, 4), POEM[:4])
            second.close()
            elsewhere.close()

    def test_one_at_a_time_serves_all_readers_one_after_another(self):
        with Server("--one-at-a-time", "--delay", "1ms", "--num-bytes", "100") as server:
            readers = [server.connect() for _ in range(5)]
            self.assertEqual([read_whole(reader) for reader in readers], [POEM] * 5)
            for reader in readers:
                reader.close()

    def test_beyond_max_clients_readers_of_all_ports_wait_until_one_leaves(self):
        with Server("--max-clients", "2", *self.OPTIONS, poems=[POEM] * 3) as server:
            inside = [server.connect(0), server.connect(1)]
            for reader in inside:
                read_exactly(reader, 4)
            waiting = [server.connect(2), server.connect(0)]
            for reader in waiting:
                self.assertTrue(is_silent(reader))
            for reader in inside:
                hang_up(reader)
            for reader in waiting:
                self.assertEqual(read_exactly(reader, 4), POEM[:4])
                reader.close()

    def test_max_clients_serves_a_hundred_readers_in_turn(self):
        with Server("-q", "--max-clients", "3", "--delay", "1ms", "--num-bytes", "300",
                    poems=[POEM] * 4) as server:
            with concurrent.futures.ThreadPoolExecutor(100) as crowd:
                poems = crowd.map(lambda i: visit(server, i % 4), range(100))
            self.assertEqual(list(poems), [POEM] * 100)

    def test_out_of_descriptors_accepting_is_paused_and_no_reader_is_lost(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))

        start = time.monotonic()
        with Server("--max-clients", "1000", *self.OPTIONS, preexec_fn=few_descriptors) as server:
            readers = [server.connect() for _ in range(30)]
            wait_until(lambda: server.totals()["accepting_paused"] > 0)
            inside = server.totals()["readers"]
            self.assertLess(inside, 20)
            for reader in readers[:inside]:
                read_exactly(reader, 4)
            self.assertTrue(is_silent(readers[inside]))
            # It tries again after 100 ms, and does not spin.
            rested = server.totals()["accepting_paused"]
            self.assertLessEqual(rested, 10 * (time.monotonic() - start) + 1)
            hang_up(readers[0])
            self.assertEqual(read_exactly(readers[inside], 4), POEM[:4])
            for reader in readers[1:]:
                reader.close()

    def test_readers_get_all_descriptors_that_the_ports_leave_and_few_cause_a_warning(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        with Server(*self.OPTIONS, listeners=40, preexec_fn=few_descriptors) as server:
            room = 64 - server.descriptors()
            readers = [server.connect() for _ in range(room + 1)]
            for reader in readers[:room]:
                self.assertEqual(read_exactly(reader, 4), POEM[:4])
            self.assertTrue(is_silent(readers[room]))
            self.assertEqual(server.totals()["accepting_paused"], 0)
            [warning] = server.events("warning")
            self.assertIn(f"with 40 ports, the limit on open files leaves room for {room} readers",
                          warning["message"])
            for reader in readers:
                reader.close()

    def test_a_thousand_visits_leave_nothing_open(self):
        with Server("-q", "--delay", "0") as server:
            before = server.descriptors()
            for _ in range(1000):
                with server.connect() as reader:
                    read_whole(reader)
            wait_until(lambda: server.descriptors() == before)

    @unittest.skipIf(SANITIZED, "sanitizers need memory of their own")
    def test_a_waiting_reader_costs_less_than_128_bytes(self):
        count = 3000
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if hard < count + 100:
            self.skipTest(f"the limit on open files is {hard}")
        with Server("-q", *self.OPTIONS) as server, contextlib.ExitStack() as stack:
            read_exactly(stack.enter_context(server.connect()), 4)
            before = server.resident_bytes()
            for _ in range(count):
                read_exactly(stack.enter_context(server.connect()), 4)
            self.assertLess((server.resident_bytes() - before) / count, 128)


class Pacing(ProgramTest):
    def lateness_after_a_stop(self, stopped_for):
        """Stops the whole server for a while after the first chunk of ten."""
        with Server("-v", "--num-bytes", "1", "--delay", "50ms", poems=[b"0123456789"]) as server:
            with server.connect() as reader:
                read_exactly(reader, 1)
                server.process.send_signal(signal.SIGSTOP)
                time.sleep(stopped_for)
                server.process.send_signal(signal.SIGCONT)
                read_whole(reader)
            wait_until(lambda: len(server.events("sent")) == 10)
            return [event["late_s"] for event in server.events("sent")]

    def test_a_late_server_catches_up(self):
        late = self.lateness_after_a_stop(0.5)
        self.assertGreater(max(late), 0.1)
        for this, following in zip(late, late[1:]):
            # The schedule stands, so a chunk is at most one pause less late than the one before.
            if this < 1:  # unless the machine made it so late that it started afresh
                self.assertGreaterEqual(following, this - 0.05 - 1e-6)

    def test_a_server_more_than_a_second_late_restarts_its_schedule(self):
        in_time(self.check_fresh_start, (1.5, 5, 20))

    def check_fresh_start(self, stopped_for):
        late = self.lateness_after_a_stop(stopped_for)
        # What a server that catches up cannot do: be more than one pause less late at once.
        if not any(this > 1 and following < this - 0.05 - 1e-6
                   for this, following in zip(late, late[1:])):
            raise NotInTime(late)

    def test_no_poem_is_early(self):
        with Server("--num-bytes", "10", "--delay", "20ms", poems=[b"x" * 95]) as server:
            start = time.monotonic()
            with server.connect() as reader:
                read_whole(reader)
            self.assertGreaterEqual(time.monotonic() - start, 0.2)
