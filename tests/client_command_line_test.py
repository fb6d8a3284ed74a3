"""What the clients say to an invalid command line, or one that asks for the impossible."""

import os
import subprocess
import tempfile

from programs import BIN, ProgramTest
from running_client import MODELS

NO_SERVER = {
    "99999": "from 1 to 65535",
    "0": "from 1 to 65535",
    "abc": "its port is missing",
    "": "from 1 to 65535",
    "+80": "from 1 to 65535",
    "80.0": "from 1 to 65535",
    "0x50": "from 1 to 65535",
    " 80": "from 1 to 65535",
    "80 ": "from 1 to 65535",
    "18446744073709551696": "from 1 to 65535",
    "host:": "from 1 to 65535",
    "host:0": "from 1 to 65535",
    "host:10-": "from 1 to 65535",
    "host:10-20-30": "from 1 to 65535",
    "host:1-65536": "from 1 to 65535",
    "10-5": "ends before it begins",
    ":80": "no host name or address",
    "my host:80": "no host name or address",
    "tab\thost:80": "no host name or address",
    "line\nhost:80": "no host name or address",
    "del\x7fhost:80": "no host name or address",
    "\x1b[2Jhost:80": "no host name or address",
    "[]:80": "no host name or address",
    "[::1": "is missing",
    "[::1]": "is missing",
    "[::1]80": "is missing",
    "::1": "brackets",
    "::1:80": "brackets",
    "host:80:90": "brackets",
}

# Each option, what it was given, and what the complaint says of it.
NO_VALUE = [
    (["--repeat", "0"], "--repeat: '0' must be from 1 to 10000000"),
    (["--repeat=-1"], "--repeat: '-1' is not a whole number"),
    (["--repeat", "many"], "--repeat: 'many' is not a whole number"),
    (["--repeat", "10000001"], "--repeat: '10000001' must be from 1 to 10000000"),
    (["--repeat", "1.5"], "--repeat: '1.5' is not a whole number"),
    (["--idle-timeout=-1"], "--idle-timeout: '-1' is not a duration"),
    (["--idle-timeout", "soon"], "--idle-timeout: 'soon' is not a duration; write one such as"),
    (["--idle-timeout", "0"], "--idle-timeout: '0' must be from 1ms to"),
    (["--idle-timeout", "nan"], "--idle-timeout: 'nan' is not a duration"),
    (["--idle-timeout", "inf"], "--idle-timeout: 'inf' is not a duration"),
    (["--idle-timeout", "1e9"], "--idle-timeout: '1e9' is not a duration"),
    (["--idle-timeout", "99999999999"], "--idle-timeout: '99999999999' is not a duration"),
    (["--idle-timeout", "1 s"], "--idle-timeout: '1 s' is not a duration"),
    (["--idle-timeout", ""], "--idle-timeout: '' is not a duration"),
    (["--connect-timeout", "0"], "--connect-timeout: '0' must be from 1ms to"),
    (["--max-time", "0"], "--max-time: '0' must be from 1ms to"),
    (["--max-bytes", "0"], "--max-bytes: '0' must be from 1 to"),
    (["--max-bytes", "1G"], "--max-bytes: '1G' is not a number of bytes"),
    (["--max-bytes", "99999999999999999999"], "--max-bytes"),
    (["--max-bytes", "18014398509481984k"], "--max-bytes"),
    (["--work=-1"], "--work: '-1' is not a duration"),
    (["--work", "2000h"], "--work: '2000h' is not a duration"),
    (["--tick", "0"], "--tick: '0' must be from 1ms to"),
    (["--tick", "0.1ms"], "--tick: '0.1ms' must be from 1ms to"),
    (["--verify", "a", "--verify", "b", "1"], "--verify is given 2 times for 3 servers"),
    (["--verify", ""], "--verify"),
    (["--output", ""], "--output"),
    (["--trace", ""], "--trace"),
    (["--no-such-option"], "no-such-option"),
    (["--no-such\noption"], "no-such?option"),
    (["--idle-timeout", "so\non"], "so?on"),
    (["--idle-timeout", "\x1b[2J"], "?[2J"),
    (["-x"], "x"),
    (["--json=perhaps"], "perhaps"),
    (["-q", "-v"], "exclude each other; write one of them"),
    (["--json", "--print"], "leave --print and --verbose out"),
    (["--json", "-v"], "leave --print and --verbose out"),
    (["--repeat", "9999999"], "more than 10000000 downloads; write a smaller --repeat"),
    (["--idle-timeout"], "idle-timeout"),  # the last word, so its value is missing
]


class CommandLine(ProgramTest):
    def run_client(self, model, *arguments, **options):
        return subprocess.run([os.path.join(BIN, "get-poetry-" + model), *arguments],
                              capture_output=True, text=True, **options)

    def check_refused(self, code, mention, *arguments, model="async", **options):
        with self.subTest(model=model, arguments=arguments):
            result = self.run_client(model, *arguments, **options)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertIn(mention, result.stderr)
            self.assertEqual(result.stderr[-1], "\n")
            line = result.stderr[:-1]
            self.assertTrue(line.startswith(f"get-poetry-{model}: "), line)
            self.assertTrue(line.isprintable(), line)
            if code == 2:
                self.assertTrue(line.endswith(f"(see 'get-poetry-{model} --help')"), line)

    def test_no_server_at_all_is_refused_by_every_model_with_2(self):
        for model in MODELS:
            self.check_refused(2, "write PORT or HOST:PORT", model=model)
            self.check_refused(2, "write PORT or HOST:PORT", "--json", model=model)

    def test_an_invalid_server_is_refused_with_2_and_says_what_to_write_instead(self):
        for text, why in NO_SERVER.items():
            self.check_refused(2, why, text)
            self.check_refused(2, "; write PORT, HOST:PORT", "127.0.0.1:1", text)

    def test_an_invalid_value_is_refused_with_2_and_its_options_name(self):
        for arguments, mention in NO_VALUE:
            self.check_refused(2, mention, "1", "2", *arguments)

    def test_every_model_refuses_in_the_same_words(self):
        for model in MODELS:
            self.check_refused(2, "'abc' is not a server", "abc", model=model)
            self.check_refused(2, "--repeat: '0'", "--repeat", "0", "1", model=model)

    def test_only_the_mixed_model_takes_a_number_of_threads(self):
        for count in ("0", "1001"):
            self.check_refused(2, f"--threads: '{count}' must be from 1 to 1000", "--threads",
                               count, "1", model="mixed")
        for model in MODELS:
            if model != "mixed":
                self.check_refused(2, "threads", "--threads", "2", "1", model=model)

    def test_files_that_cannot_be_opened_are_refused_before_the_run_with_1(self):
        with tempfile.NamedTemporaryFile() as file:
            for model in MODELS:
                self.check_refused(1, "cannot read /no/such/poem: No such file", "--verify",
                                   "/no/such/poem", "1", model=model)
                self.check_refused(1, "cannot write /no/such/trace: No such file", "--trace",
                                   "/no/such/trace", "1", model=model)
            self.check_refused(1, "cannot read /: Is a directory", "--verify", "/", "1")
            self.check_refused(1, "no poem can be equal to /dev/zero", "--verify", "/dev/zero",
                               "--max-bytes", "1k", "1")
            self.check_refused(1, "cannot write /: Is a directory", "--trace", "/", "1")
            self.check_refused(1, "cannot write poems into /proc/poems: ", "-o", "/proc/poems", "1")
            self.check_refused(1, f"cannot write poems into {file.name}: Not a directory", "-o",
                               file.name, "1")
            self.check_refused(1, "cannot read /a?b: No such file", "--verify", "/a\nb", "1")
        with tempfile.TemporaryDirectory() as folder:
            os.symlink("loop", f"{folder}/loop")
            self.check_refused(1, f"cannot write {folder}/loop: Too many levels", "--trace",
                               f"{folder}/loop", "1")

    def test_a_folder_that_is_read_only_is_refused_before_the_run_with_1(self):
        if os.getuid() == 0:
            self.skipTest("root may write everywhere")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o500)
            self.check_refused(1, f"cannot write poems into {folder}: Permission denied", "-o",
                               folder, "1")

    def test_help_shows_defaults_and_ends_with_examples(self):
        for model in MODELS:
            with self.subTest(model):
                result = self.run_client(model, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                for default in ("5s", "30s", "64M"):
                    self.assertIn(f"(default: {default})", result.stdout)
                self.assertIn(f"get-poetry-{model} ", result.stdout.splitlines()[-1])

    def test_the_version_is_the_programs_name_and_a_number(self):
        for model in MODELS:
            with self.subTest(model):
                result = self.run_client(model, "--version")
                self.assertEqual(result.returncode, 0)
                self.assertRegex(result.stdout, rf"^get-poetry-{model} \d+\.\d+\.\d+\n$")
