"""The README's exercises: each of their commands, with a solution that is right and one that is
wrong."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from programs import BIN, ProgramTest, SANITIZED

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SECTION = (REPOSITORY / "README.md").read_text().partition("## Write your own")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^ *(poetry-race .*)$", SECTION, re.MULTILINE)
BLOCKING = re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)[1]

READ = """
import os, socket, sys, threading
from concurrent.futures import ThreadPoolExecutor

def read(server, keep=lambda part: None):
    host, port = server.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        while part := connection.recv(65536):
            keep(part)
"""


def at_a_time(count):
    return READ + f"list(ThreadPoolExecutor({count}).map(read, sys.argv[1:]))"


def survive(with_code):
    return READ + f"""
socket.setdefaulttimeout(1)
def failed(server):
    try:
        return read(server)
    except OSError as error:
        return str(error)
failures = list(filter(None, ThreadPoolExecutor(len(sys.argv)).map(failed, sys.argv[1:])))
sys.exit({with_code} and "; ".join(failures))
"""


TO_FILES = READ + """
def save(server):
    with open(os.path.join(sys.argv[1], server), "wb") as file:
        read(server, file.write)
list(ThreadPoolExecutor(len(sys.argv)).map(save, sys.argv[2:]))
"""
FROM_MEMORY = READ + """
for server in sys.argv[2:]:
    parts = []
    read(server, parts.append)
    with open(os.path.join(sys.argv[1], server), "wb") as file:
        file.write(b"".join(parts))
"""
ALIVE = READ + """
downloads = [threading.Thread(target=read, args=[server]) for server in sys.argv[1:]]
for download in downloads:
    download.start()
while any(download.is_alive() for download in downloads):
    print(".", flush=True)
    downloads[0].join(0.1) if downloads[0].is_alive() else threading.Event().wait(0.1)
"""
FROZEN = READ + """
for server in sys.argv[1:]:
    print(".", flush=True)
    read(server)
"""


class ExerciseTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "bin").mkdir()
        # Not a wrapper that takes long to find the interpreter.
        (self.folder / "bin/python3").symlink_to(os.path.realpath(sys.executable))
        (self.folder / "scripts").symlink_to(REPOSITORY / "scripts")

    def check(self, number, right, wrong):
        for solution, exit_code in ((right, 0), (wrong, 1)):
            (self.folder / "mine.py").write_text(solution)
            done = subprocess.run(
                ["sh", "-c", COMMANDS[number - 1]], cwd=self.folder, capture_output=True, text=True,
                env={**os.environ, "PATH": f"{BIN}:{self.folder}/bin:{os.environ['PATH']}"})
            self.assertEqual(done.returncode, exit_code, solution + done.stdout + done.stderr)
            self.assertEqual(len(re.findall("^ +not met: ", done.stdout, re.MULTILINE)) > 0,
                             exit_code == 1)


class Exercises(ExerciseTest):
    def test_there_are_six_and_the_client_that_they_start_from_comes_along(self):
        self.assertEqual(len(COMMANDS), 6)
        self.assertEqual(BLOCKING, (REPOSITORY / "scripts/bench/blocking_client.py").read_text())

    def test_survive(self):
        self.check(3, survive(True), survive(False))


@unittest.skipIf(SANITIZED, "measured times are held against predicted ones")
class TimedExercises(ExerciseTest):
    def test_bounded_memory(self):
        self.check(4, TO_FILES, FROM_MEMORY)

    def test_overlap(self):
        self.check(1, at_a_time(3), BLOCKING)

    def test_two_at_a_time(self):
        self.check(2, at_a_time(2), at_a_time(3))

    def test_a_user_interface_that_stays_alive(self):
        self.check(5, ALIVE, FROZEN)

    def test_a_hundred_tasks(self):
        self.check(6, at_a_time(100), at_a_time(20))
