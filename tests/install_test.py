"""What `cmake --install` puts into an empty folder: programs that find each other and the poems
there, wherever they are started, and nothing of the folder they were built in."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from programs import ProgramTest

BUILD = os.environ["POETRY_BUILD"]


@unittest.skipUnless(shutil.which("cmake"), "needs cmake")
class Installed(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.prefix = cls.enterClassContext(tempfile.TemporaryDirectory())
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix],
                       stdout=subprocess.DEVNULL, check=True)

    def setUp(self):
        self.elsewhere = self.enterContext(tempfile.TemporaryDirectory())

    def run_program(self, name, *arguments):
        return subprocess.run([f"{self.prefix}/bin/{name}", *arguments], cwd=self.elsewhere,
                              env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)

    def race(self):
        return self.run_program("poetry-race", "--json", "--delay", "1ms", "--runs", "1",
                                "--models", "blocking,async,processes")

    def take_away(self, path):
        path = f"{self.prefix}/{path}"
        os.rename(path, path + ".away")
        self.addCleanup(os.rename, path + ".away", path)

    def test_the_server_knows_its_poems_by_name(self):
        command = [f"{self.prefix}/bin/slowpoetry", "the-kettle"]
        with subprocess.Popen(command, cwd=self.elsewhere, stdout=subprocess.PIPE) as server:
            self.addCleanup(server.kill)
            self.assertIn(b"the-kettle.txt on 127.0.0.1:", server.stdout.readline())
            server.terminate()
            self.assertEqual(server.wait(), 0)

    def test_the_race_is_run_with_the_programs_beside_it(self):
        scenario, = json.loads(self.race().stdout)["scenarios"]
        verdicts = {claim["expected"]: claim["verdict"] for claim in scenario["claims"]}
        self.assertEqual(verdicts["every run"], "met")
        self.assertEqual(os.listdir(self.elsewhere), ["report.html"])

    def test_what_is_not_there_is_not_found_where_it_was_built(self):
        self.take_away("share/slow-poetry/poems/the-kettle.txt")
        self.assertEqual(self.run_program("slowpoetry", "the-kettle").returncode, 1)
        self.take_away("bin/get-poetry-async")
        done = self.race()
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot find the program get-poetry-async", done.stderr)
