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

    def start(self, number, solution):
        """The exercise's command, where `mine.py` is that solution."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "scripts").symlink_to(REPOSITORY / "scripts")
        (folder / "mine.py").write_text(solution)
        race = subprocess.Popen(
            ["sh", "-c", COMMANDS[number - 1]], cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PATH": f"{BIN}:{self.folder}/bin:{os.environ['PATH']}"})
        self.addCleanup(race.stdout.close)
        self.addCleanup(race.wait)
        self.addCleanup(race.kill)
        return race

    def judge(self, race, exit_code):
        said, _ = race.communicate()
        self.assertEqual(race.returncode, exit_code, said)
        self.assertEqual(len(re.findall("^ +not met: ", said, re.MULTILINE)) > 0, exit_code == 1)

    def check(self, number, right, wrong):
        """Both at the same time: they mostly wait."""
        races = [self.start(number, right), self.start(number, wrong)]
        for exit_code, race in enumerate(races):
            self.judge(race, exit_code)


class Exercises(ExerciseTest):
    def test_there_are_six_and_the_client_that_they_start_from_comes_along(self):
        self.assertEqual(len(COMMANDS), 6)
        self.assertEqual(BLOCKING, (REPOSITORY / "scripts/bench/blocking_client.py").read_text())

    def test_survive(self):
        self.check(3, survive(True), survive(False))


@unittest.skipIf(SANITIZED, "measured times are held against predicted ones")
class TimedExercises(ExerciseTest):
    def test_bounded_memory(self):
        # One after the other: they are fed as fast as they can read.
        self.judge(self.start(4, TO_FILES), 0)
        self.judge(self.start(4, FROM_MEMORY), 1)

    def test_overlap(self):
        self.check(1, at_a_time(3), BLOCKING)

    def test_two_at_a_time(self):
        self.check(2, at_a_time(2), at_a_time(3))

    def test_a_user_interface_that_stays_alive(self):
        self.check(5, ALIVE, FROZEN)

    def test_a_hundred_tasks(self):
        self.check(6, at_a_time(100), at_a_time(20))
