"""The programs the benchmark runs: every server is started, asked and stopped in the same way, and
so is every client. Nothing is left behind, and nothing is ended but by its own process id."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60  # seconds after which a program that does not do what it should has failed

cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = cores[0], cores[-1]

scale = 1  # --quick: 10, for a tenth of the work
binaries = pathlib.Path("build/release/bin")
folder = None  # for what the programs write, from `open_folder` to `end_everything`
running = []


def open_folder():
    global folder
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # not every peer does that by itself
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slow-poetry-bench-"))


def is_installed(kind):
    return kind not in ("node", "curl") or shutil.which(kind)


class Failed(Exception):
    pass


class Program:
    """A process on a core of its own, perhaps with its system calls counted."""

    def __init__(self, command, core, traced=False):
        self.traced = folder / f"calls-{time.monotonic_ns()}" if traced else None
        if traced:
            command = ["strace", "-f", "-c", "-U", "calls,name", "-o", self.traced, *command]
        self.name = pathlib.Path(command[0]).name
        self.errors = tempfile.TemporaryFile(dir=folder)
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)],
            stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL, text=True)
        running.append(self)

    @property
    def pid(self):
        if not self.traced:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        wait_until(lambda: children.read_text().split(), "strace starts the program")
        return int(children.read_text().split()[0])

    def memory(self):
        """Bytes of the resident set."""
        for line in pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
        raise Failed(f"{self.name} tells nothing of its memory")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended: {self.complaint()}")
        return line.strip()

    def complaint(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()[-300:]

    def count(self, calls):
        """How often these system calls were made, together; only once the program has ended."""
        fields = [line.split() for line in self.traced.read_text().splitlines()]
        return sum(int(line[0]) for line in fields if len(line) == 2 and line[1] in calls)

    def end(self, how=signal.SIGKILL):
        if self.process.poll() is None:
            os.kill(self.pid, how)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        if self in running:
            running.remove(self)
        return rest

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Server(Program):
    """Serves a poem of `poem` bytes, `chunk` bytes every `delay` seconds, on `ports` ports."""

    def __init__(self, kind, poem, chunk, delay, ports=1, traced=False):
        self.kind = kind
        in_microseconds = [poem, chunk, round(delay * 1e6), ports]
        if kind == "ours":
            text, self.port_file = folder / f"poem-{poem}", folder / "ports"
            if not text.exists():
                text.write_bytes(b"p" * poem)
            self.port_file.unlink(missing_ok=True)
            command = [binaries / "slowpoetry", "-q", "--log", "json", "--num-bytes", chunk,
                       "--delay", delay, "--listeners", ports, "--port-file", self.port_file, text]
        elif kind in ("yardstick", "asio"):
            command = [binaries / f"{kind}_server", *in_microseconds]
        elif kind == "asyncio":
            command = [sys.executable, HERE / "asyncio_server.py", *in_microseconds]
        elif kind == "node":
            command = ["node", HERE / "node_server.mjs", *in_microseconds]
        super().__init__(command, SERVER_CORE, traced)
        lines = [self.line() for _ in range(ports)]
        if kind == "ours":
            wait_until(self.port_file.exists, "the server writes its ports")
            lines = [line.rsplit(":", 1)[1] for line in self.port_file.read_text().split()]
        self.ports = [int(line) for line in lines]

    def totals(self):
        os.kill(self.pid, signal.SIGUSR1)
        return json.loads(self.line())

    def stop(self):
        """Ends it in good order and returns its totals."""
        return json.loads(self.end(signal.SIGTERM).strip().splitlines()[-1])


class Client(Program):
    """Downloads from the ports in turn, `downloads` in all, and prints its result at the end."""

    def __init__(self, kind, ports, downloads, traced=False, ramp=0, told=True):
        """One that is not `told` prints no result for each of its downloads."""
        self.kind, self.told = kind, told and kind != "curl"
        every = [downloads, *ports]
        servers = [f"127.0.0.1:{ports[i % len(ports)]}" for i in range(downloads)]
        if kind in ("async", "coroutines", "threads"):
            repeat, rest = divmod(downloads, len(ports))
            if rest:
                raise Failed(f"{downloads} downloads from {len(ports)} ports do not come out even")
            command = [binaries / f"get-poetry-{kind}", "-q", *["--json"] * told, "--repeat", repeat,
                       "--connect-timeout", 60, "--idle-timeout", 600,
                       *servers[:len(ports)]]
        elif kind == "yardstick":
            command = [binaries / "yardstick_client", downloads, round(ramp * 1e3), *ports]
        elif kind == "asio":
            command = [binaries / "asio_client", *every]
        elif kind == "asyncio":
            command = [sys.executable, HERE / "asyncio_client.py", *servers]
        elif kind == "node":
            command = ["node", HERE / "node_client.mjs", *servers]
        elif kind == "curl":
            command = ["curl", "--silent", "--show-error", "--http0.9", "--parallel",
                       "--parallel-immediate", "--parallel-max", 300, "--output", "/dev/null",
                       f"http://127.0.0.1:{ports[0]}/[1-{downloads}]"]
        self.began = time.monotonic()
        super().__init__(command, CLIENT_CORE, traced)

    def result(self):
        """Its result, once it has ended; a download that failed spoils the measurement."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        wall = time.monotonic() - self.began
        if self in running:
            running.remove(self)
        if self.process.returncode != 0:
            raise Failed(f"{self.kind} client: exit code {self.process.returncode}, "
                         f"{self.complaint()}")
        result = json.loads(out) if self.told else {}
        result["process_s"] = wall
        if self.told and self.kind in ("async", "coroutines", "threads"):
            tasks = result["tasks"]
            result["all_connected_s"] = max(task["connect_s"] for task in tasks)
            result["reads"] = sum(task["reads"] for task in tasks)
        return result


class Race(Program):
    """A race, which starts servers and clients of its own, on all cores."""

    def __init__(self, *options):
        every = ",".join(map(str, cores))
        super().__init__([binaries / "poetry-race", "--json", "--out", folder, *options], every)

    def result(self):
        """What it found; that something was not as expected is for the reader to judge."""
        out, _ = self.process.communicate(timeout=5 * PATIENCE)
        if self.process.returncode not in (0, 1) or not out:
            raise Failed(f"the race ended with {self.process.returncode}: {self.complaint()}")
        return json.loads(out)

    def end(self, how=signal.SIGTERM):
        """Its servers and clients are its own to end."""
        return super().end(how)


def tracked_connections():
    """How many connections a firewall tracks here, which makes each packet slower and drops connections when its
    table is full; 0 without one."""
    try:
        with open("/proc/sys/net/netfilter/nf_conntrack_count", encoding="ascii") as count:
            return int(count.read())
    except OSError:
        return 0


def busy_elsewhere():
    """How many cores something else keeps busy while nothing of ours runs; what the machine under a
    virtual one takes away is gone, too."""
    ours = tuple(f"cpu{core} " for core in cores)

    def used():
        lines = pathlib.Path("/proc/stat").read_text().splitlines()
        times = [list(map(int, line.split()[1:9])) for line in lines if line.startswith(ours)]
        return sum(sum(time) - time[3] - time[4] for time in times) / os.sysconf("SC_CLK_TCK")

    began, before = time.monotonic(), used()
    time.sleep(0.3 / scale)
    return (used() - before) / (time.monotonic() - began)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.01)


def end_everything():
    for program in list(running):
        try:
            program.end()
        except (OSError, subprocess.SubprocessError):
            pass
    for file in folder.glob("*"):
        file.unlink()
    folder.rmdir()
