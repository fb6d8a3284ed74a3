"""The clients as they run: one program for each model, and what it said and did."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile

from programs import BIN, SANITIZED, wait_until

MODELS = sorted(name.removeprefix("get-poetry-") for name in os.listdir(BIN)
                if name.startswith("get-poetry-"))
assert {"blocking", "async"} <= set(MODELS), f"the clients are not in {BIN}"
if SANITIZED == "thread":  # which has nothing to say of a program with one thread
    MODELS = ["mixed", "threads"]
ALONE = ("blocking",)  # with one server at a time


class Client:
    """A running get-poetry-MODEL; what it says goes to files, so no pipe can fill up."""

    def __init__(self, model, *arguments, stdout=None, **popen):
        self.model = model
        self.arguments = [str(argument) for argument in arguments]
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [os.path.join(BIN, "get-poetry-" + model), *self.arguments],
            stdin=subprocess.DEVNULL, stdout=self.out if stdout is None else stdout,
            stderr=self.err, **popen)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.out.close()
        self.err.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for its end; returns its exit code, negative when a signal killed it."""
        return self.process.wait()

    @property
    def code(self):
        return self.wait()

    @property
    def stdout_bytes(self):
        return read_from_start(self.out)

    @property
    def stdout(self):
        return self.stdout_bytes.decode(errors="replace")

    @property
    def stderr(self):
        return read_from_start(self.err).decode(errors="replace")

    @property
    def complaints(self):
        return self.stderr.splitlines()

    @property
    def result(self):
        """What --json printed, which must be all that is on stdout."""
        self.wait()
        assert self.stdout.count("\n") == 1 and self.stdout.endswith("\n"), self.stdout
        return json.loads(self.stdout)

    def wait_to_say(self, text):
        wait_until(lambda: text in self.stdout or self.process.poll() is not None,
                   lambda: f"{self.model} has not said {text!r}, but {self.stdout!r}")
        if text not in self.stdout:
            raise AssertionError(f"{self.model} ended without {text!r}: {self}")

    def children(self):
        """The process ids of its children, in the order they were born; the dead but unburied
        count."""
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as file:
                return [int(pid) for pid in file.read().split()]
        except FileNotFoundError:
            return []

    def __str__(self):
        return (f"get-poetry-{self.model} {' '.join(self.arguments)} -> {self.process.poll()}\n"
                f"stdout: {self.stdout}\nstderr: {self.stderr}")


@contextlib.contextmanager
def clients(arguments, models=MODELS, **popen):
    """A running client of each model, all at once: their waits overlap, and so ours is short.
    `arguments` are the same for all, or a function of the model."""
    with contextlib.ExitStack() as stack:
        of = arguments if callable(arguments) else lambda _: arguments
        yield [stack.enter_context(Client(model, *of(model), **popen)) for model in models]


def read_from_start(file):
    # The position belongs to the writer too: it is left alone.
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def is_alive(pid):
    """Whether that process runs; one that is dead and not buried yet does not."""
    try:
        return state_of(pid) not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def state_of(pid):
    """What a process does: R runs, S sleeps, Z is dead and not buried yet (and more: proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def is_pending(pid, number):
    """Whether a signal is sent but not taken yet."""
    with open(f"/proc/{pid}/status") as file:
        masks = [int(line.split()[1], 16) for line in file if line[:6] in ("SigPnd", "ShdPnd")]
    return any(mask >> (number - 1) & 1 for mask in masks)


def interrupt(client, number=signal.SIGINT):
    client.signal(number)
    return client.wait()


def read(path):
    with open(path, "rb") as file:
        return file.read()
