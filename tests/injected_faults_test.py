"""Each system call that the server and the clients make is made to fail once, with each error that
its manual page documents: strace does that. A sample is tried, with POETRY_FAULTS=all every case."""

import concurrent.futures
import errno
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from programs import BIN, ProgramTest, SANITIZED
from running_client import MODELS, read
from running_server import parse, Server

# Less what only a wrong program meets (EBADF, EFAULT, EINVAL), and EAGAIN where the kernel says so
# only when nothing is ready.
ERRORS = {
    "accept4": "ECONNABORTED EINTR EMFILE ENFILE ENOBUFS ENOMEM EPERM EPROTO",
    "bind": "EACCES EADDRINUSE EADDRNOTAVAIL ENOMEM",
    "clone": "EAGAIN ENOMEM",
    "clone3": "EAGAIN ENOMEM EPERM",
    "close": "EIO ENOSPC EDQUOT",
    "connect": "EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN ECONNREFUSED ENETUNREACH EPERM ETIMEDOUT",
    "epoll_create1": "EMFILE ENFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC",
    "epoll_pwait2": "EINTR ENOSYS EPERM",
    "epoll_wait": "EINTR",
    "eventfd2": "EMFILE ENFILE ENODEV ENOMEM",
    "fcntl": "EACCES",
    "fstat": "ENOMEM",
    "getdents64": "ENOENT",
    "getpeername": "ENOBUFS ENOTCONN",
    "getrandom": "EINTR ENOSYS",
    "getrusage": "EPERM",
    "getsockname": "ENOBUFS",
    "getsockopt": "ENOPROTOOPT",
    "ioctl": "ENOTTY",
    "listen": "EADDRINUSE",
    "lseek": "ESPIPE",
    "madvise": "EAGAIN ENOMEM",
    "mkdir": "EACCES EDQUOT ENOSPC EROFS",
    "mmap": "EAGAIN ENFILE ENOMEM EPERM",
    "mprotect": "EACCES ENOMEM",
    "munmap": "ENOMEM",
    "newfstatat": "EACCES ENOMEM",
    "openat": "EACCES EDQUOT EINTR EMFILE ENFILE ENOENT ENOMEM ENOSPC EROFS",
    "pipe2": "EMFILE ENFILE",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "prctl": "EPERM",
    "prlimit64": "EPERM",
    "read": "EINTR EIO EISDIR",
    "readlink": "EACCES ENOENT",
    "recvfrom": "ECONNRESET ECONNREFUSED EINTR ENOMEM ETIMEDOUT",
    "recvmsg": "ECONNRESET ECONNREFUSED EINTR ENOMEM ETIMEDOUT",
    "rename": "EACCES EDQUOT ENOSPC EROFS EXDEV",
    "sendto": "ECONNRESET EINTR ENOBUFS ENOMEM EPIPE",
    "setsockopt": "ENOPROTOOPT ENOMEM",
    "shutdown": "ENOTCONN",
    "socket": "EACCES EAFNOSUPPORT EMFILE ENFILE ENOBUFS ENOMEM",
    "timerfd_create": "EMFILE ENFILE ENODEV ENOMEM",
    "timerfd_settime": "ECANCELED",
    "wait4": "EINTR",
    "waitid": "EINTR",
    "write": "EAGAIN EDQUOT EFBIG EINTR EIO ENOSPC EPIPE",
}
# Asio does not look at what a change of its epoll set returns; Linux never fails one.
NOT_OF = {"epoll_ctl": ("broken", "coroutines", "mixed")}
# What libraries make of an error, and what Asio does not tell.
OTHER_NAMES = {
    "EAGAIN": ("Cannot allocate memory", "No buffer space available"),
    "ENOMEM": ("not enough memory", "Resource temporarily unavailable"),
}
UNTOLD = "no socket could be opened for it"
ALL = os.environ.get("POETRY_FAULTS") == "all"
SAMPLE = 150  # cases of the clients, and as many of the server
POEMS = [b"the first poem, which is short", b"the second, as short as that"]


def under_strace(log, *options):
    # Its child is the tracer: ours is the program itself.
    return ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", log, *options]


def cases_of(log):
    """Each call, with its errors and its times, that a good run has made since main began. What the
    dynamic loader does before is left out: strace counts for each thread from its beginning."""
    counts = {}
    main = None
    before = None
    for line in read(log).decode(errors="replace").splitlines():
        pid, call = re.match(r"(\d+) +(\w*)", line).groups()
        main = main or pid
        counts.setdefault(call, {}).setdefault(pid, 0)
        counts[call][pid] += 1
        if before is None and "fcntl(0, F_GETFD" in line:
            before = {name: count.get(main, 0) for name, count in counts.items()}
    for call, count in sorted(counts.items()):
        for time in range(before.get(call, 0) + (call != "fcntl"), max(count.values()) + 1):
            for error in ERRORS.get(call, "").split():
                yield call, error, time


def is_json(path):
    try:
        return json.loads(read(path)) is not None
    except ValueError:
        return False


@unittest.skipIf(SANITIZED, "strace and the sanitizers exclude each other")
@unittest.skipUnless(shutil.which("strace") and not subprocess.run(
    under_strace("/dev/null", "true"), stderr=subprocess.DEVNULL).returncode, "needs strace")
class InjectedFaults(ProgramTest):
    WATCHDOG = 3600 if ALL else 300
    PATIENCE = 30  # seconds, within which every run must have ended

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def run_cases(self, cases, check):
        def complaint(case):
            program, call, error, time = case
            inject = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={time}"]
            names = [os.strerror(getattr(errno, error)), *OTHER_NAMES.get(error, ()), UNTOLD]
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                try:
                    return check(program, folder, inject, names if error != "EPIPE" else [""])
                except (subprocess.TimeoutExpired, TimeoutError) as hang:
                    return f"hangs: {hang}"

        if not ALL:
            cases = cases[::max(1, len(cases) // SAMPLE)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = [(case, what) for case, what in zip(cases, pool.map(complaint, cases)) if what]
        if found:
            self.fail("\n".join(f"{' '.join(map(str, case))}: {what}" for case, what in found))

    # A client ----------------------------------------------------------------------------------

    def client(self, model, folder, inject):
        # What was not closed would stay open: the view would not see the end.
        live = "never" if "trace=close" in inject else "always"
        return subprocess.run(
            [*under_strace(f"{folder}/log", *inject), f"{BIN}/get-poetry-{model}", "--idle-timeout",
             "3s", "--tick", "10ms", "--live", live, "--trace", f"{folder}/trace", "-o",
             f"{folder}/poems", "--verify", self.files[0], "--verify", self.files[1],
             *self.servers], capture_output=True, text=True, timeout=self.PATIENCE)

    def check_client(self, model, folder, inject, names):
        done = self.client(model, folder, inject)
        said = f"{done.returncode}\n{done.stdout}{done.stderr}"
        rows = re.findall(r"^Task (\d): (got|failed|cancelled) .*?(?:: (.*))?$", done.stdout, re.M)
        lines = done.stderr.splitlines()
        if done.returncode not in (0, 1):
            return f"ends with {said}"
        if len({row[0] for row in rows}) != len(rows):
            return f"tells of a poem twice: {said}"
        for number, _, reason in (row for row in rows if row[1] == "got"):
            [file] = glob.glob(f"{folder}/poems/{number}-*.txt") or [None]
            if not file or read(file) != POEMS[int(number) - 1]:
                return f"has not got poem {number} whole: {said}"
        if os.path.exists(f"{folder}/trace") and os.path.getsize(f"{folder}/trace"):
            if not is_json(f"{folder}/trace"):
                return f"leaves half a trace: {said}"
        elif done.returncode == 0:
            return f"has no trace: {said}"
        if done.returncode == 0:
            return len(rows) != 2 and f"says that all is well: {said}"
        reasons = [*[row[2] for row in rows if row[1] != "got"], *lines]
        named = any(name in reason for name in names for reason in reasons) or names == [""]
        return (len(lines) > 1 or not named) and f"does not name it in one line: {said}"

    def test_the_clients(self):
        with Server("-q", "--num-bytes", "15", "--delay", "5ms", poems=POEMS) as server:
            self.files = [f"{server.folder.name}/poem{i}.txt" for i in range(2)]
            self.servers = [f"{host}:{port}" for host, port in server.addresses]
            cases = []
            for model in MODELS:
                folder = f"{self.folder}/{model}"
                os.mkdir(folder)
                self.assertEqual(self.client(model, folder, []).returncode, 0)
                cases += [(model, *case) for case in cases_of(f"{folder}/log")
                          if model not in NOT_OF.get(case[0], ())]
            self.run_cases(cases, self.check_client)

    # The server --------------------------------------------------------------------------------

    def serve(self, folder, inject, readers=4):
        """Returns what the readers got, if it has begun to serve, and how it ended."""
        with open(f"{folder}/poem", "wb") as file:
            file.write(POEMS[0])
        server = subprocess.Popen(
            [*under_strace(f"{folder}/log", *inject), f"{BIN}/slowpoetry", "--num-bytes", "15",
             "--delay", "5ms", "--one-at-a-time", "--port-file", f"{folder}/ports", f"{folder}/poem"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        hang = threading.Timer(self.PATIENCE, server.kill)
        hang.start()
        try:
            serving = server.stdout.readline()
            address = re.search(r" on (\S+:\d+) ", serving)
            got = [self.read_poem(parse(address[1])) for _ in range(readers if address else 0)]
            server.send_signal(signal.SIGTERM)
            out, err = server.communicate()
        finally:
            hang.cancel()
            server.kill()
            server.wait()
        return got if os.path.exists(f"{folder}/ports") else [], server.returncode, serving + out, err

    def read_poem(self, address):
        poem = b""
        try:
            with socket.create_connection(address, timeout=self.PATIENCE) as reader:
                while part := reader.recv(100):
                    poem += part
        except ConnectionError as end:
            return end
        return poem

    def check_server(self, _, folder, inject, names):
        got, code, out, err = self.serve(folder, inject)
        said = f"{got} {code}\n{out}{err}"
        if not got:
            named = err.count("\n") == 1 and any(name in err for name in names) or names == [""]
            return (code != 1 or not named) and (
                f"does not begin, and does not name the reason in one line: {said}")
        hurt = [poem for poem in got if poem != POEMS[0]]
        if len(hurt) > 1 or any(isinstance(poem, bytes) for poem in hurt):
            return f"does not serve the others: {said}"
        # It ends by the signal where its loop cannot be told, with 1 where its totals are lost.
        ended = code == 0 and "Served 4 readers" in out or code == 128 + signal.SIGTERM or (
            code == 1 and (names == [""] or any(name in err for name in names)))
        return not ended and f"does not end well: {said}"

    def test_the_server(self):
        self.assertEqual(self.serve(self.folder, [])[:2], ([POEMS[0]] * 4, 0))
        self.run_cases([("slowpoetry", *case) for case in cases_of(f"{self.folder}/log")],
                       self.check_server)
