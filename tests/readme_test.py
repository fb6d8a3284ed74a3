"""What the README shows of the code is what the code is."""

import os
import pathlib
import re
import subprocess
import tempfile

from programs import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def shown(diff):
    """The diff without the hunks in which only comments, includes and usings change."""
    hunks = re.split(r"(?m)^(?=\d)", diff)[1:]
    changes = re.compile(r"(?m)^[<>] (?!//|#include|using)(.+)$")
    return "".join(hunk for hunk in hunks if changes.search(hunk))


class Readme(ProgramTest):
    def test_the_diffs_are_those_of_the_models(self):
        diffs = re.findall(r"`(diff \S+ \S+)` \((\d+) lines.*?```diff\n(.*?)```", README, re.DOTALL)
        self.assertEqual(len(diffs), 2)
        for command, lines, text in diffs:
            diff = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True).stdout
            with self.subTest(command):
                self.assertEqual(text, shown(diff))
                self.assertEqual(int(lines), len(re.findall(r"(?m)^[<>]", diff)))

    def test_every_file_that_it_names_exists(self):
        links = re.findall(r"\]\(([^)#:]+)\)", README)
        names = re.findall(r"`((?:client|server|common|tests|scripts)/[\w./-]+)`", README)
        self.assertGreater(len(links), 10)
        self.assertEqual([name for name in {*links, *names} if not (ROOT / name).exists()], [])

    def test_its_scripts_refuse_what_makes_no_sense_in_one_line(self):
        for command in ("demo.sh --nonsense", "demo.sh --full twice", "setup.sh --nonsense", "test.sh --nonsense",
                        "test.sh --soak long", "test.sh --fuzz 0", "test.sh --all 5", "setup.sh --tests --all",
                        "figures.sh --help", "package.sh here there"):
            with self.subTest(command):
                done = subprocess.run(["timeout", "30", *f"scripts/{command}".split()], cwd=ROOT,
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)

    def test_its_scripts_find_their_own_folder_wherever_else_cd_would_look(self):
        with tempfile.TemporaryDirectory() as other:
            os.mkdir(os.path.join(other, "scripts"))
            done = subprocess.run(["scripts/bench.sh", "--list"], cwd=ROOT, capture_output=True, text=True,
                                  env={**os.environ, "CDPATH": other})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for script in (ROOT / "scripts").glob("*.sh"):
            self.assertNotRegex(script.read_text(), r'(?m)^cd "\$\(dirname', script.name)
