"""Two servers and two clients, each on a machine of its own as far as the network is concerned (in a
network namespace), and a cable from each server to each client. One cable is pulled."""

import ctypes
import contextlib
import os
import shutil
import subprocess
import time
import unittest

from client_test import ClientTest
from programs import in_time, NotInTime, SANITIZED, wait_until
from running_client import clients, MODELS
from running_server import Server

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Machine:
    """A network namespace, which lives as long as a process in it that only sleeps."""

    def __init__(self, owner=None):
        self.process = subprocess.Popen(
            ["unshare", *(["-n"] if owner else ["-rn"]), "sh", "-c", "echo && exec sleep infinity"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            preexec_fn=owner.enter if owner else None)
        self.is_there = self.process.stdout.read(1) != b""
        self.process.stdout.close()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def enter(self):
        """From here on the calling process is on that machine; for `preexec_fn`."""
        for kind, name in ((CLONE_NEWUSER, "user"), (CLONE_NEWNET, "net")):
            descriptor = os.open(f"/proc/{self.pid}/ns/{name}", os.O_RDONLY)
            if libc.setns(descriptor, kind) < 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(descriptor)

    def ip(self, arguments):
        done = subprocess.run(["ip", *arguments.split()], preexec_fn=self.enter,
                              capture_output=True, text=True)
        assert done.returncode == 0, f"ip {arguments}: {done.stderr}"


@unittest.skipIf(SANITIZED, "it tests waits, which sanitizers make longer")
@unittest.skipUnless(shutil.which("unshare") and shutil.which("ip"),
                     "needs unshare, and ip of iproute2")
class PulledCable(ClientTest):
    def setUp(self):
        network = self.enterContext(Machine())
        if not network.is_there or subprocess.run(
                ["ip", "link", "add", "type", "veth"], preexec_fn=network.enter,
                stderr=subprocess.DEVNULL).returncode:
            self.skipTest("needs network namespaces")
        machines = [self.enterContext(Machine(network)) for _ in range(4)]
        self.servers, self.clients = machines[:2], machines[2:]
        for s, server in enumerate(self.servers):
            for c, client in enumerate(self.clients):
                server.ip(f"link add c{c} type veth peer name s{s} netns {client.pid}")
                server.ip(f"address add 10.{s}.{c}.1/24 dev c{c}")
                client.ip(f"address add 10.{s}.{c}.2/24 dev s{s}")
                server.ip(f"link set c{c} up")
                client.ip(f"link set s{s} up")

    def cable(self, state):
        """The one from the first server to the first client."""
        self.clients[0].ip(f"link set s0 {state}")

    @contextlib.contextmanager
    def readers(self, first, second, *options):
        """Both servers, with these poems and options, and a client of each model on either machine;
        every one of them has reached the first server."""
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(
                Server("--iface", "0.0.0.0", *pace, poems=[poem], preexec_fn=machine.enter))
                for machine, (poem, *pace) in zip(self.servers, (first, second))]
            files = [self.file(poem) for poem, *_ in (first, second)]
            groups = [stack.enter_context(clients(
                [*options, "--verify", files[0], "--verify", files[1],
                 *[f"10.{s}.{c}.1:{server.addresses[0][1]}" for s, server in enumerate(servers)]],
                preexec_fn=machine.enter)) for c, machine in enumerate(self.clients)]
            wait_until(lambda: len(servers[0].events("connected")) == 2 * len(MODELS))
            yield servers, *groups

    def test_a_cable_that_is_out_for_two_seconds_loses_no_byte(self):
        in_time(self.check_pulled_for_two_seconds, (1.5, 10, 60))

    def check_pulled_for_two_seconds(self, seconds):
        """The poems of the first server take so many seconds, in which the cable must be pulled."""
        slowly = ["--num-bytes", "100", "--delay", f"{seconds / 15}"]
        with self.readers((os.urandom(1500), *slowly), (os.urandom(400), *slowly)) as (
                _, pulled, others):
            self.cable("down")
            start = time.monotonic()
            if any(client.process.poll() is not None or "Task 1" in client.stdout
                   for client in pulled):
                raise NotInTime(pulled)
            for client in others:
                self.check_ended(client)
            time.sleep(max(0, start + 2 - time.monotonic()))
            for client in pulled:
                self.assertNotIn("Task 1", client.stdout)
            self.cable("up")
            for client in pulled:
                self.check_ended(client)

    def test_a_cable_that_stays_out_fails_its_readers_and_no_other(self):
        in_time(self.check_pulled_for_good, (2, 10, 60))

    def check_pulled_for_good(self, seconds):
        # More than the buffers on the way hold: the server has to wait for its readers.
        large = (os.urandom(1 << 20) * 10, "--num-bytes", "64k", "--delay", "20ms",
                 "--write-timeout", f"{2 * seconds}")
        small = (b"0123", "--num-bytes", "1", "--delay", "100ms")
        with self.readers(large, small, "--idle-timeout", f"{seconds}") as (
                servers, pulled, others):
            self.cable("down")
            for client in others:
                if client.code != 0:
                    raise NotInTime(client)
            for client in pulled:
                with self.subTest(client.model):
                    self.assertEqual(client.code, 1, client)
                    if "Task 1: got" in client.stdout:
                        raise NotInTime(client)
                    self.assertRegex(client.stdout, r"(?m)^Task 1: failed after \d+ bytes from "
                                     rf"\S+: no byte for {seconds}s \(--idle-timeout\)$")
                    self.assertIn("Task 2: got 4 bytes", client.stdout)
            finished = lambda server: [event["ending"] for event in server.events("finished")]
            for server, endings in zip(servers, (("dropped", "whole"), ("whole", "whole"))):
                wait_until(lambda: len(finished(server)) == 2 * len(MODELS))
                self.assertEqual(sorted(finished(server)), sorted(endings * len(MODELS)))
