"""What scripts/package.sh makes, in fresh minimal systems."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from elsewhere import in_chroot, make_debian, need, readme_command, ROOT, run, VERSION
from programs import ProgramTest

COMPLETE = """
source /usr/share/bash-completion/bash_completion
{ _comp_load slowpoetry || _completion_loader slowpoetry; } 2>/dev/null
COMP_WORDS=(slowpoetry --por) COMP_CWORD=1 COMP_LINE='slowpoetry --por' COMP_POINT=16
$(complete -p slowpoetry | sed 's/.*-F \\([^ ]*\\).*/\\1/') slowpoetry --por slowpoetry 2>/dev/null
echo "${COMPREPLY[@]}"
"""


class Packages(ProgramTest):
    WATCHDOG = 900

    @classmethod
    def setUpClass(cls):
        need("apt-get", "debootstrap")
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        run(*readme_command("scripts/package.sh").split(), cls.folder, cwd=ROOT)
        cls.deb, = glob.glob(f"{cls.folder}/*.deb")
        cls.tar, = glob.glob(f"{cls.folder}/*.tar.gz")

    def use_installed(self, suite):
        system = f"{self.folder}/{suite}"
        make_debian(suite, system, "man-db", "bash-completion")
        shutil.copy(self.deb, f"{system}/slow-poetry.deb")
        run(*in_chroot(system, "dpkg", "--install", "/slow-poetry.deb"))

        with subprocess.Popen(in_chroot(system, "slowpoetry", "the-kettle"), stdout=subprocess.PIPE) as server:
            self.assertIn(b"Serving poems/the-kettle.txt on 127.0.0.1:", server.stdout.readline())
            server.kill()
        self.assertEqual(run(*in_chroot(system, "get-poetry-mixed", "--version")), f"get-poetry-mixed {VERSION}\n")
        page = " ".join(run(*in_chroot(system, "man", "get-poetry-async")).split())
        self.assertIn("NAME get-poetry-async - Downloads poems from slow servers: one thread, a chain of "
                      "completion handlers for each server SYNOPSIS get-poetry-async [options] SERVER... ", page)
        self.assertIn("--idle-timeout DUR give up on a poem after this long without a byte (default: 30s)", page)
        self.assertEqual({*run(*in_chroot(system, "bash", "-c", COMPLETE)).split()}, {"--port", "--port-file"})
        race = subprocess.run(in_chroot(system, "poetry-race", "--delay", "1ms", "--runs", "1", "--json", "--out", "/tmp"),
                              capture_output=True)
        scenario, = json.loads(race.stdout)["scenarios"]
        self.assertEqual(len(scenario["results"]), 8)
        self.assertEqual({run["wrong"] for result in scenario["results"] for run in result["runs"]}, {None})
        self.assertTrue(os.path.exists(f"{system}/tmp/report.html"))

    # What is built on Debian 12 runs on later ones, too; not the other way round.
    def test_the_deb_is_installed_in_a_fresh_debian_12(self):
        if "libc6 (>= 2.3" not in run("dpkg-deb", "--field", self.deb, "Depends"):
            self.skipTest("this system is newer than Debian 12")
        self.use_installed("bookworm")

    def test_the_deb_is_installed_in_a_fresh_debian_13(self):
        self.use_installed("trixie")

    def test_the_deb_says_what_it_is_and_needs(self):
        fields = run("dpkg-deb", "--field", self.deb, "Package", "Version", "Maintainer", "Depends")
        self.assertIn(f"Version: {VERSION}\n", fields)
        self.assertIn("Maintainer: Slow Poetry <slow-poetry@example.org>\n", fields)
        self.assertRegex(fields, r"Depends: libc6 \(.*zlib1g")
        self.assertNotIn("libfmt", fields)

    @unittest.skipUnless(shutil.which("lintian"), "needs lintian")
    def test_lintian_finds_no_error(self):
        found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", self.deb],
                               capture_output=True, text=True)
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)

    def test_the_programs_of_the_tar_need_nothing_else(self):
        run("tar", "-xzf", self.tar, "-C", self.folder)
        system, = glob.glob(f"{self.folder}/slow-poetry-*/")
        os.makedirs(f"{system}/proc", exist_ok=True)
        for program in sorted(os.listdir(f"{system}/bin")):
            said = subprocess.run(["chroot", system, f"/bin/{program}", "--version"], capture_output=True, text=True)
            self.assertEqual((said.stdout, said.stderr), (f"{program} {VERSION}\n", ""))
        files = {os.path.relpath(os.path.join(folder, file), system) for folder, _, names in os.walk(system)
                 for file in names}
        self.assertLessEqual({"share/doc/slow-poetry/LICENSE", "share/doc/slow-poetry/examples/report.html",
                              "share/man/man1/slowpoetry.1.gz", "share/slow-poetry/poems/the-kettle.txt"}, files)
