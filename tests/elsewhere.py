"""What the tests of packages, containers and clusters share: the README's commands, and fresh
systems. They need root, and Debian's packages within reach."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = re.search(r"project\(slow-poetry VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


def readme_command(begin):
    """The line of the README that begins so, without its comment."""
    line, = re.findall(rf"(?m)^{re.escape(begin)}.*", (ROOT / "README.md").read_text())
    return line.split(" #")[0].strip()


def need(*programs):
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root")
    for program in programs:
        if not shutil.which(program):
            raise unittest.SkipTest(f"needs {program}")


def run(*command, **options):
    """The command's output. It must end with 0."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def make_debian(suite, folder, *packages):
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", *(f"--include={','.join(packages)}",) * bool(packages), suite,
         folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise unittest.SkipTest(f"no Debian {suite}: {done.stdout[-300:]}")


def in_chroot(folder, *command):
    """A command there, with a /proc of its own."""
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={folder}/proc",
            "chroot", folder, "/usr/bin/env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", *command]
