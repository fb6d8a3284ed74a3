"""A slowpoetry that runs, and readers that say how their connection ended."""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile

from programs import BIN, has_socket, ProgramTest, wait_until

PROGRAM = os.path.join(BIN, "slowpoetry")
PATIENCE = 0.3  # seconds in which something that must not happen would have happened
POEM = "Ich warte, du wartest… wir warten: ".encode() * 20


class Server:
    """A running slowpoetry, its poems in a folder of its own."""

    def __init__(self, *options, poems=(POEM,), listeners=None, log="json", **popen):
        self.folder = tempfile.TemporaryDirectory()
        paths = []
        for i, poem in enumerate(poems):
            paths.append(os.path.join(self.folder.name, f"poem{i}.txt"))
            with open(paths[-1], "wb") as file:
                file.write(poem)
        port_file = os.path.join(self.folder.name, "ports")
        command = [PROGRAM, "--log", log, "--port-file", port_file, *options, *paths]
        if listeners:
            command += ["--listeners", str(listeners)]
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, **{"stderr": self.log, **popen}
        )
        self.serving = [self.process.stdout.readline().decode() for _ in range(listeners or len(paths))]
        wait_until(lambda: os.path.exists(port_file) or self.process.poll() is not None)
        with open(port_file) as file:
            self.addresses = [parse(line) for line in file.read().split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()

    def connect(self, port=0, receive_buffer=None):
        host, number = self.addresses[port]
        reader = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        reader.settimeout(ProgramTest.WATCHDOG)  # in threads nothing else ends it
        try:
            reader.connect((host, number))
        except OSError:
            reader.close()
            raise
        return reader

    def listens(self):
        return has_socket(self.process.pid, "0A", self.addresses[0][1])

    def totals(self):
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.process.stdout.readline())

    def stop(self, signal_number=signal.SIGTERM):
        """Returns the exit code and the totals."""
        self.process.send_signal(signal_number)
        out, _ = self.process.communicate()
        return self.process.returncode, json.loads(out)

    def logged(self):
        with open(self.log.name) as file:
            return file.read()

    def events(self, name):
        """The events of that name in the log; a line that is not whole yet is left out."""
        lines = self.logged().splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line[0] == "{" and line[-1] == "\n"]
        return [event for event in events if event["event"] == name]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            fields = dict(line.split(":") for line in file.read().splitlines()[1:])
        return int(fields["Rss"].split()[0]) * 1024


def parse(address):
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)


def read_whole(reader):
    """Everything up to the end of file; a reset raises ConnectionResetError."""
    parts = []
    while part := reader.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_until_reset(reader):
    """What arrived before the reset; fails when the connection ends in any other way."""
    parts = []
    try:
        while part := reader.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        return b"".join(parts)
    raise AssertionError("the connection ended as if the poem were whole")


def read_exactly(reader, count):
    data = b""
    while len(data) < count:
        part = reader.recv(count - len(data))
        if not part:
            raise AssertionError(f"the connection ended after {len(data)} bytes")
        data += part
    return data


def is_silent(reader):
    return not select.select([reader], [], [], PATIENCE)[0]


def hang_up(reader):
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reader.close()


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, **options)
