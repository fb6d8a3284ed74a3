"""The race with the real programs, and with clients that are not honest."""

import contextlib
import html
import json
import os
import re
import resource
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

from programs import BIN, ProgramTest, wait_until

TWO_MODELS = ["--models", "blocking,async", "--runs", "1"]
SMALL = ["--tasks", "3", "--bytes", "30", "--delay", "50ms", *TWO_MODELS]

ALL_WORK = "0.95 * each.work_due < each.work < 1.05 * each.work_due"

# Runs the honest client of the same name and tampers with what it says.
LIAR = """#!{python}
import json, os, subprocess, sys
honest, arguments = {honest!r}, sys.argv[1:]
def run(program=honest, arguments=arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE)
    return json.loads(done.stdout)
{lie}
print(json.dumps(result))
"""


class RaceTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.scratch = os.path.join(self.folder, "scratch")
        self.out = os.path.join(self.folder, "out")
        os.mkdir(self.scratch)
        self.program = os.path.join(BIN, "poetry-race")
        self.environment = {**os.environ, "TMPDIR": self.scratch}

    def command(self, *options):
        return [self.program, "--out", self.out, *options]

    def race(self, *options):
        return subprocess.run(
            self.command(*options),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.environment,
        )

    def results(self, *options):
        """The race's exit code and the only scenario of its JSON."""
        done = self.race("--json", *options)
        self.assertTrue(done.stdout, done.stderr)
        return done.returncode, json.loads(done.stdout)["scenarios"][0]

    def on_terminal(self, kind, *options):
        """What the race writes to stdout, and what a terminal of that kind is sent as its stderr."""
        terminal, inside = os.openpty()
        with subprocess.Popen(self.command(*options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=inside, env={**self.environment, "TERM": kind}) as race:
            os.close(inside)
            shown = b""
            with contextlib.suppress(OSError):  # which ends a terminal that nobody has open
                while part := os.read(terminal, 65536):
                    shown += part
            os.close(terminal)
            return race.stdout.read(), shown.decode()

    def replace(self, program, script):
        """From here on the race finds a script of ours instead of that program."""
        fake_bin = os.path.join(self.folder, "bin")
        if not os.path.exists(fake_bin):
            os.mkdir(fake_bin)
            os.symlink(os.path.join(BIN, "../share"), os.path.join(self.folder, "share"))
            for name in os.listdir(BIN):
                os.symlink(os.path.join(BIN, name), os.path.join(fake_bin, name))
            # A link would be followed to the folder of the real programs.
            self.program = os.path.join(fake_bin, "poetry-race")
            os.remove(self.program)
            shutil.copy(os.path.join(BIN, "poetry-race"), self.program)
        path = os.path.join(fake_bin, program)
        os.remove(path)
        with open(path, "w") as file:
            file.write(script)
        os.chmod(path, stat.S_IRWXU)

    def lie(self, model, lie):
        honest = os.path.join(BIN, f"get-poetry-{model}")
        self.replace(
            f"get-poetry-{model}", LIAR.format(python=sys.executable, honest=honest, lie=lie)
        )


def claim(results, expected):
    return next(c for c in results["claims"] if c["expected"] == expected)


def result_of(results, model):
    return next(r for r in results["results"] if r["model"] == model)


class Results(RaceTest):
    def test_servers_tell_what_is_asserted_of_them_also_without_pauses(self):
        done = self.race("--tasks", "3", "--bytes", "10", "--delay", "0", "--models", "async", "--runs", "1",
                         "--assert", "async.whole == 3", "--assert", "async.connections <= 3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("met: async.whole == 3", done.stdout)
        self.assertIn("met: async.connections <= 3", done.stdout)

    def test_a_false_assertion_fails_the_race(self):
        # Counted, not timed: a busy machine would make a false wall clock inconclusive.
        code, results = self.results(*SMALL, "--assert", "async.whole > 2 * blocking.whole")
        self.assertEqual(code, 1)
        self.assertEqual(
            claim(results, "async.whole > 2 * blocking.whole")["verdict"], "not met")

    def test_a_sweep_runs_every_model_at_every_point(self):
        _, results = self.results(*SMALL[2:], "--sweep", "tasks=1,2,5")
        points = [(r["point"], r["model"], r["tasks"]) for r in results["results"]]
        self.assertEqual(len(points), 6)
        self.assertIn(("5", "async", 5), points)

    def test_the_report_names_a_command_that_a_shell_takes(self):
        options = ["--models", "async", "--runs", "1", "--delay", "1ms", "--assert", "async < 9s"]
        self.race(*options)
        with open(os.path.join(self.out, "report.html")) as report:
            page = html.unescape(report.read())
        self.assertIn(shlex.join(options), page)
        # The file that a model recorded its run in is gone by the time the page is read.
        self.assertIn('"get-poetry-async --json', page)
        self.assertNotIn("--trace", page)

    def test_the_report_is_written_and_nothing_else_left(self):
        self.race(*SMALL)
        self.assertEqual(os.listdir(self.out), ["report.html"])
        self.assertEqual(os.listdir(self.scratch), [])

    def test_what_is_expected_is_said_before_anything_runs(self):
        # Both streams into one pipe, so that the order of their lines is seen.
        said = subprocess.run(
            self.command("--delay", "1ms", "--models", "blocking", "--runs", "1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
        ).stdout
        before, runs, _ = said.partition("Run 1 of 1")
        self.assertTrue(runs, said)
        self.assertIn("blocking == blocking.predicted", before)
        self.assertRegex(before, r"blocking +0\.230 s")

    def test_with_json_what_is_expected_is_said_on_stderr(self):
        done = self.race(*SMALL, "--json")
        json.loads(done.stdout)
        lines = done.stderr.splitlines()
        self.assertIn("  Expected:", lines)
        self.assertNotIn("?", done.stderr)

    def test_a_terminal_shows_one_run_at_a_time_and_a_dumb_one_a_line_for_each(self):
        _, shown = self.on_terminal("xterm", *SMALL)
        self.assertEqual(shown.count("\rRun "), 2)
        self.assertNotIn("\nRun ", shown)
        _, shown = self.on_terminal("dumb", *SMALL)
        self.assertRegex(shown, r"(?m)^Run 1 of 2: .*\r\nRun 2 of 2: ")
        self.assertNotIn("\x1b", shown)

    def test_the_table_says_what_overlaps_in_eager(self):
        note = "Downloads of eager and broken count from their connection on"
        for models, said in (("eager", self.assertIn), ("async", self.assertNotIn)):
            said(note, self.race(*SMALL[:6], "--models", models, "--runs", "1").stdout)


class Measured(RaceTest):
    """What is true of honest clients on a machine that is free for them."""

    def test_predictions_and_measurements_stand_side_by_side(self):
        _, results = self.results(*SMALL, "--assert", "async < 0.6 * blocking")
        self.assertAlmostEqual(result_of(results, "blocking")["predicted_s"], 0.45)
        self.assertAlmostEqual(result_of(results, "async")["predicted_s"], 0.15)
        self.assertGreaterEqual(result_of(results, "blocking")["wall_s"]["min"], 0.4)
        run = result_of(results, "async")["runs"][0]
        self.assertIsNone(run["wrong"])
        for metric in ("wall", "cpu", "switches", "rss", "threads", "overlap"):
            self.assertGreater(run[metric], 0, metric)
        self.assertEqual(claim(results, "every run")["verdict"], "met")
        self.assertEqual(claim(results, "async < 0.6 * blocking")["verdict"], "met")

    def test_tables_say_met_or_not_met(self):
        done = self.race(*SMALL)
        self.assertRegex(done.stdout, r"(?m)^  blocking +0\.450 s .* (met|not met)$")
        self.assertRegex(done.stdout, r"(?m)^    met: every poem arrives complete")
        self.assertIn("Run 1 of 2", done.stderr)
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_chained_tasks_take_as_long_as_the_chain(self):
        _, results = self.results(
            "--scenario", "chain", "--delay", "10ms", "--sweep", "chain=1,4,8",
            "--models", "async", "--runs", "1",
        )
        walls = {r["point"]: r["wall_s"]["median"] for r in results["results"]}
        self.assertGreaterEqual(walls["4"], 0.32)
        self.assertGreaterEqual(walls["8"], 0.64)

    def test_more_tasks_than_a_process_may_hold_are_split(self):
        done = subprocess.run(
            ["bash", "-c", 'ulimit -n 300 && exec "$@"', "race", *self.command(
                "--json", "--tasks", "500", "--models", "async", "--runs", "1")],
            capture_output=True, text=True, env=self.environment,
        )
        results = json.loads(done.stdout)["scenarios"][0]
        run = result_of(results, "async")["runs"][0]
        self.assertIsNone(run["wrong"])
        self.assertGreaterEqual(run["threads"], 3)
        self.assertEqual(result_of(results, "async")["tasks"], 500)

    def test_programs_and_poems_are_found_on_the_path(self):
        self.program = shutil.copy(self.program, self.folder)
        self.environment["PATH"] = BIN + ":" + self.environment["PATH"]
        done = self.race("--delay", "1ms", "--models", "async", "--runs", "1")
        self.assertIn("met: every poem arrives complete", done.stdout, done.stderr)

    def test_an_asynchronous_client_that_takes_one_after_another(self):
        blocking = os.path.join(BIN, "get-poetry-blocking")
        self.lie("async", f"result = run({blocking!r}); result['model'] = 'async'")
        code, results = self.results("--delay", "4ms", *TWO_MODELS)
        self.assertEqual(code, 1)
        self.assertEqual(claim(results, "every run")["verdict"], "met")
        self.assertEqual(claim(results, "async < 0.5 * blocking")["verdict"], "not met")
        self.assertEqual(result_of(results, "async")["verdict"], "not met")


class Busy(RaceTest):
    """Beside a busy process for each core the machine is blamed for what it did, and nobody else."""

    def setUp(self):
        super().setUp()
        for _ in range(os.cpu_count()):
            busy = subprocess.Popen(["bash", "-c", "while :; do :; done"])
            self.addCleanup(busy.wait)
            self.addCleanup(busy.kill)

    def test_honest_clients(self):
        for options in (["--scenario", "cpu"], ["--tasks", "32", "--delay", "10ms"]):
            _, results = self.results(*options, "--models", "blocking,async,threads,processes",
                                      "--runs", "1")
            self.assertNotIn("not met", [c["verdict"] for c in results["claims"]], results)

    def test_an_asynchronous_client_that_takes_one_after_another(self):
        blocking = os.path.join(BIN, "get-poetry-blocking")
        self.lie("async", f"result = run({blocking!r}); result['model'] = 'async'")
        _, results = self.results("--delay", "20ms", *TWO_MODELS)
        self.assertEqual(result_of(results, "async")["verdict"], "not met")
        self.assertEqual(claim(results, "async < 0.5 * blocking")["verdict"], "not met")

    def test_a_client_that_works_twice_as_much_as_it_should(self):
        self.lie("async", "if '--work' in arguments:\n"
                          "    arguments[arguments.index('--work') + 1] = '4ms'\n"
                          "result = run(); result['work_s'] /= 2")
        _, results = self.results("--scenario", "cpu", *TWO_MODELS)
        self.assertEqual(claim(results, ALL_WORK)["verdict"], "met")
        self.assertEqual(result_of(results, "async")["verdict"], "not met")


# Whatever a client claims: when it is not true, a verdict is `not met`.


class Crowd(RaceTest):
    """So many connections that making them takes its time: `million`, with fewer."""

    # They stay for 8 s, so that a busy machine has time to connect all of them.
    CROWD = ["--scenario", "million", "--tasks", "10000", "--delay", "2s"]

    def test_a_crowd_is_there_at_once_by_the_servers_count_as_predicted_and_as_a_terminal_shows(self):
        told, shown = self.on_terminal("xterm", *self.CROWD, "--json")
        scenario = json.loads(told)["scenarios"][0]
        run, = scenario["results"][0]["runs"]
        self.assertEqual((run["connections"], run["tasks"], run["wrong"]), (10000, 10000, None))
        self.assertGreater(run["predicted"], 4 * 2)
        claim, = [claim for claim in scenario["claims"] if "servers count" in claim["claim"]]
        self.assertEqual(claim["verdict"], "met")
        shown = " ".join(shown.split())
        self.assertRegex(shown, "10,000 tasks take about 105 MB of memory, 20,000 open files "
                         "and .* Connecting takes .* of the prediction")
        self.assertRegex(shown, r"Run 1 of 1: million, async, 10000 of 10000 connected, about \d+ s left")

    def test_who_is_there_at_a_time_is_counted_not_who_ever_was(self):
        _, results = self.results(*self.CROWD, "--models", "blocking", "--bytes", "10", "--delay", "0")
        run, = results["results"][0]["runs"]
        # On a busy machine the server closes some late.
        self.assertLess(run["connections"], 1000)

    def test_a_plan_predicts_connecting_and_what_the_machine_cannot_hold_is_refused(self):
        plan = self.race(*self.CROWD, "--plan")
        self.assertEqual((plan.returncode, os.path.exists(self.out)), (0, False), plan.stderr)
        self.assertIn("Connecting takes", plan.stdout)
        for limit, value, words in ((resource.RLIMIT_NOFILE, 200, "of the race alone, and there are 200 open files"),
                                    (resource.RLIMIT_NPROC, 2, "and there are 2 processes")):
            refused = subprocess.run(self.command(*self.CROWD, "--plan"), capture_output=True, text=True,
                                     preexec_fn=lambda: resource.setrlimit(limit, (value, value)))
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(words, refused.stderr)

    def test_interrupted_while_connecting_is_measured_there_is_nothing_to_tell(self):
        with subprocess.Popen(self.command(*self.CROWD), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=self.environment) as race:
            while "Measuring" not in race.stderr.readline():
                self.assertIsNone(race.poll())
            race.send_signal(signal.SIGINT)
            self.assertEqual(race.stdout.read(), "")
        self.assertEqual(race.returncode, 130)
        self.assertEqual(os.listdir(self.out), [])

    def test_a_million_is_no_part_of_all(self):
        self.assertNotIn("million:", self.race("--scenario", "all", "--plan").stdout)


class FalseResults(RaceTest):
    def test_a_wrong_checksum(self):
        self.lie("async", "result = run(); result['tasks'][-1]['crc32'] = '00000000'")
        code, results = self.results(*SMALL, "--assert", "async < 0.6 * blocking")
        self.assertEqual(code, 1)
        self.assertIn("wrong poem", result_of(results, "async")["runs"][0]["wrong"])
        self.assertIsNone(result_of(results, "async")["wall_s"]["median"])
        self.assertEqual(result_of(results, "async")["verdict"], "not met")
        self.assertEqual(claim(results, "async < 0.6 * blocking")["verdict"], "not met")

    def test_a_crash(self):
        self.lie("async", "os.kill(os.getpid(), 11)")
        code, results = self.results(*SMALL)
        self.assertEqual(code, 1)
        wrong = [run["wrong"] for run in result_of(results, "async")["runs"]]
        self.assertEqual(wrong, ["with one chunk to get, it was ended by signal 11"])
        self.assertEqual(result_of(results, "async")["verdict"], "not met")

    def test_a_failed_download(self):
        self.lie("async", "import socket\n"
                          "silent = socket.socket(); silent.bind(('127.0.0.1', 0))\n"
                          "nobody = f'127.0.0.1:{silent.getsockname()[1]}'\n"
                          "result = run(arguments=arguments[:-1] + [nobody])")
        _, results = self.results(*SMALL)
        self.assertIn("refused", result_of(results, "async")["runs"][0]["wrong"])

    def test_a_limit_that_stops_the_server_is_named(self):
        slowpoetry = os.path.join(BIN, "slowpoetry")
        self.replace("slowpoetry", f'#!/bin/bash\nulimit -n 300; exec {slowpoetry} "$@"\n')
        code, results = self.results("--tasks", "400", "--bytes", "10", "--delay", "1s", "--models", "async",
                                     "--runs", "1")
        self.assertEqual(code, 1)
        wrong = result_of(results, "async")["runs"][0]["wrong"]
        self.assertIn("slowpoetry: warning: accepting is paused", wrong)
        self.assertIn("the limit is on open files", wrong)

    def test_a_server_that_does_not_start(self):
        self.replace("slowpoetry", "#!/bin/sh\necho 'no voice today' >&2; exit 1\n")
        done = self.race(*SMALL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no voice today", done.stderr)
        self.assertEqual(os.listdir(self.scratch), [])


class FalseClocks(RaceTest):
    def test_a_client_that_lives_longer_than_it_says(self):
        blocking = os.path.join(BIN, "get-poetry-blocking")
        self.lie("async", f"result = run({blocking!r}); result['model'] = 'async'\n"
                          "result['wall_s'] = result['longest_task_s']")
        _, results = self.results("--tasks", "3", "--bytes", "30", "--delay", "500ms",
                                  *TWO_MODELS, "--assert", "async < 0.6 * blocking")
        wrong = result_of(results, "async")["runs"][0]["wrong"]
        claimed, lived = map(float, re.findall(r"\d+\.\d+", wrong))
        self.assertEqual(wrong, f"it claims {claimed:.3f} s, and lived for {lived:.3f} s")
        # Each of the three takes 1.5 s, and they came one after another.
        self.assertGreaterEqual(lived - claimed, 2 * 1.5)
        self.assertEqual(claim(results, "async < 0.6 * blocking")["verdict"], "not met")



class FalseWork(RaceTest):
    def test_work_that_is_not_done(self):
        self.lie(
            "async",
            "at = arguments.index('--work') if '--work' in arguments else None\n"
            "if at is not None: arguments[at + 1] = '0.1ms'\n"
            "result = run(arguments=arguments)",
        )
        _, results = self.results("--scenario", "cpu", *TWO_MODELS)
        self.assertEqual(claim(results, ALL_WORK)["verdict"], "not met")
        self.assertIn("async", claim(results, ALL_WORK)["measured"])


class Hanging(RaceTest):
    def test_a_client_that_hangs(self):
        self.lie("async", "import time; time.sleep(1000)")
        _, results = self.results("--tasks", "1", "--bytes", "10", "--delay", "10ms",
                                  "--models", "async", "--runs", "1")
        # It is not waited for twice.
        self.assertEqual(len(result_of(results, "async")["runs"]), 1)
        self.assertIn("it hung", result_of(results, "async")["runs"][0]["wrong"])


class Ending(RaceTest):
    """Nothing the race started survives it, however it ends."""

    LONG = ["--delay", "1s", "--models", "processes,blocking"]

    def start(self):
        race = subprocess.Popen(
            self.command(*self.LONG),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            start_new_session=True,
        )
        self.addCleanup(race.stderr.close)
        self.addCleanup(race.wait)
        self.addCleanup(race.kill)
        while "Run 1 of" not in race.stderr.readline():
            self.assertIsNone(race.poll())
        # Servers, a client, and perhaps children of its own.
        wait_until(lambda: len(descendants(race.pid)) >= 4)
        return race, descendants(race.pid)

    def test_interrupted(self):
        for number, code in ((signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131),
                             (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                race, started = self.start()
                race.send_signal(number)
                self.assertEqual(race.wait(), code)
                self.assertEqual(os.listdir(self.scratch), [])
                wait_until(lambda: not any(map(is_alive, started)))

    def test_ended_at_once(self):
        """By a second signal, which may come before it has seen the first, or killed."""
        for signals, codes in (([signal.SIGINT, signal.SIGTERM], (130, 143)),
                               ([signal.SIGHUP, signal.SIGQUIT], (129, 131)),
                               ([signal.SIGKILL], (-signal.SIGKILL,))):
            with self.subTest(signals=signals):
                race, started = self.start()
                self.assertEqual(len(os.listdir(self.scratch)), 1)
                race.send_signal(signal.SIGSTOP)
                for number in signals:
                    race.send_signal(number)
                race.send_signal(signal.SIGCONT)
                self.assertIn(race.wait(), codes)
                wait_until(lambda: not any(map(is_alive, started)))
                wait_until(lambda: os.listdir(self.scratch) == [])

    def test_interrupted_it_reports_what_it_has(self):
        race = subprocess.Popen(
            self.command("--json", "--models", "async", "--runs", "1000", "--delay", "1ms"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        with race:
            while "Run 3 of" not in race.stderr.readline():
                self.assertIsNone(race.poll())
            race.send_signal(signal.SIGINT)
            results = json.loads(race.stdout.read())["scenarios"][0]
        self.assertEqual(race.returncode, 130)
        self.assertGreaterEqual(len(result_of(results, "async")["runs"]), 2)
        self.assertEqual(claim(results, "every run")["verdict"], "met")
        self.assertEqual(os.listdir(self.out), ["report.html"])

    def test_stdout_that_is_gone_or_full(self):
        for options in ([], ["--json"]):
            for stdout in ("| true", "> /dev/full"):
                with self.subTest(options=options, stdout=stdout):
                    race = shlex.join(self.command(*SMALL, *options))
                    done = subprocess.run(
                        ["bash", "-c", f"{race} {stdout}; exit ${{PIPESTATUS[0]}}"],
                        stderr=subprocess.DEVNULL, env=self.environment,
                    )
                    self.assertEqual(done.returncode, 1)
                    wait_until(lambda: os.listdir(self.scratch) == [])
                    # Without --json it ends before the first run.
                    pages = os.listdir(self.out)
                    if options:
                        self.assertEqual(pages, ["report.html"])
                    for page in pages:
                        os.remove(os.path.join(self.out, page))

    def test_no_zombie_waits_while_it_runs(self):
        race, _ = self.start()
        states = [read_stat(pid)[0] for pid, _ in descendants(race.pid) if read_stat(pid)]
        self.assertNotIn("Z", states)


class SideOutput(RaceTest):
    """The page never costs the results."""

    def test_a_page_that_cannot_be_written_is_found_out_before_the_race(self):
        page = os.path.join(self.out, "report.html")
        full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))}
        for in_the_way, options, reason in ((True, {}, "Is a directory"),
                                            (False, full, "File too large")):
            with self.subTest(reason=reason):
                if in_the_way:
                    os.makedirs(page)
                done = subprocess.run(self.command(*SMALL), capture_output=True, text=True,
                                      env=self.environment, **options)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr, f"poetry-race: cannot write {page}: {reason}\n")
                if in_the_way:
                    os.rmdir(page)
                self.assertEqual(os.listdir(self.out), [])

    def test_results_are_told_though_the_page_cannot_be_written(self):
        page = os.path.join(self.out, "report.html")
        for options in ([], ["--json"]):
            with self.subTest(options=options), subprocess.Popen(
                    self.command(*SMALL, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True, env=self.environment) as race:
                while "Run 1 of" not in race.stderr.readline():
                    self.assertIsNone(race.poll())
                os.mkdir(page)
                said, complaints = race.communicate()
                self.assertEqual(race.returncode, 1)
                self.assertEqual(complaints.splitlines()[-1],
                                 f"poetry-race: cannot write {page}: Is a directory")
                if options:
                    self.assertEqual(len(json.loads(said)["scenarios"]), 1)
                else:
                    self.assertIn("met: every poem arrives complete", said)
                os.rmdir(page)
                self.assertEqual(os.listdir(self.out), [])

    def test_a_drawing_is_whole_or_as_it_was(self):
        trace = os.path.join(self.folder, "trace.json")
        page = os.path.join(self.scratch, "page.html")
        subprocess.run([os.path.join(BIN, "get-poetry-async"), "--trace", trace, "127.0.0.1:1"],
                       capture_output=True)
        draw = [os.path.join(BIN, "poetry-figure"), trace, "-o", page]
        with open(page, "w") as file:
            file.write("as it was")
        done = subprocess.run(
            draw, capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384)))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"poetry-figure: cannot write {page}: File too large\n")
        self.assertEqual(os.listdir(self.scratch), ["page.html"])
        with open(page) as file:
            self.assertEqual(file.read(), "as it was")
        self.assertEqual(subprocess.run(draw).returncode, 0)
        self.assertEqual(os.listdir(self.scratch), ["page.html"])
        with open(page) as file:
            self.assertIn("</html>", file.read())

    def test_interrupted_in_the_last_of_all_scenarios_it_reports_all_the_others(self):
        with subprocess.Popen(
                self.command("--scenario", "all", "--models", "async", "--runs", "1", "--json"),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=self.environment) as race:
            while not re.match(r"Run (\d+) of \1:", race.stderr.readline()):
                self.assertIsNone(race.poll())
            race.send_signal(signal.SIGINT)
            scenarios = json.loads(race.stdout.read())["scenarios"]
        self.assertEqual(race.returncode, 130)
        for scenario in scenarios[:-1]:
            for result in scenario["results"]:
                self.assertEqual(len(result["runs"]), 1, scenario["name"])
        self.assertEqual(len(scenarios), len(self.race("--list").stdout.splitlines()) - 1)  # without million
        with open(os.path.join(self.out, "report.html")) as page:
            self.assertIn("<h3>adapts</h3>", page.read())


class Stopped(RaceTest):
    def test_children_stop_with_the_race_and_the_run_is_repeated(self):
        # In a group of its own: in an orphaned one, as ours may be, SIGTSTP stops nobody.
        with subprocess.Popen(
                self.command("--json", "--tasks", "2", "--bytes", "50", "--delay", "0.2s",
                             "--models", "blocking", "--runs", "1"),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
                preexec_fn=os.setpgrp) as race:
            while "Run 1 of" not in race.stderr.readline():
                self.assertIsNone(race.poll())
            wait_until(lambda: any("get-poetry" in name_of(pid) for pid, _ in descendants(race.pid)))
            race.send_signal(signal.SIGTSTP)
            wait_until(lambda: read_stat(race.pid)[0] == "T")
            wait_until(lambda: all(
                read_stat(pid)[0] == "T" for pid, _ in descendants(race.pid)
                if "get-poetry" in name_of(pid) or "slowpoetry" in name_of(pid)))
            time.sleep(2.5)  # longer than the run would have taken
            race.send_signal(signal.SIGCONT)
            results = json.loads(race.stdout.read())["scenarios"][0]
        result = result_of(results, "blocking")
        self.assertEqual(result["repeated"], 1)
        self.assertEqual([run["wrong"] for run in result["runs"]], [None])


class CommandLine(RaceTest):
    def test_nonsense_is_refused_in_one_line(self):
        for options, complaint in (
            (["--scenario", "limerick"], "essay"),
            (["--models", "telepathy"], "blocking"),
            (["--models", "async,async"], "twice"),
            (["--models", ""], "there is no model ''"),
            (["--models", "async,"], "there is no model ''"),
            (["--runs", "0"], "from 1 to"),
            (["--tasks", "many"], "whole number"),
            (["--tasks", "0"], "from 1"),
            (["--sweep", "tasks"], "tasks=1,2,4,8"),
            (["--sweep", "tasks="], "tasks=1,2,4,8"),
            (["--sweep", "tempo=1,2"], "tasks"),
            (["--sweep", "chain=101"], "'101' must be from 1 to 100"),
            (["--sweep", "tasks=1,2", "--tasks", "3"], "one of them"),
            (["--assert", "async"], "async < 0.6 * blocking"),
            (["--assert", "async < eager", "--models", "async"], "eager does not run"),
            (["--assert", "async@2 < 1"], "there is no point 2; write no '@'"),
            (["--sweep", "tasks=1,4", "--assert", "async@2 < 1"], "no point 2; write one of 1, 4"),
            (["--scenario", "essay", "--tasks", "3"], "--scenario many"),
            (["--scenario", "all", "--delay", "1s"], "name one"),
            (["many"], "--scenario many"),
            (["--out", ""], "--out"),
            (["--delay", "60s", "--bytes", "60M"], "days"),
        ):
            with self.subTest(options=options):
                done = self.race(*options)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn(complaint, done.stderr)

    def test_the_help_names_every_metric(self):
        refused = self.race("--assert", "async.speed < 1").stderr
        metrics = refused.partition("write one of ")[2].partition(";")[0].split(", ")
        self.assertIn("went_on", metrics)
        told = self.race("--help").stdout
        for metric in metrics:
            self.assertRegex(told, rf"\b{metric}\b")

    def test_a_plan_needs_no_place_to_write_to(self):
        self.environment["TMPDIR"] = os.path.join(self.folder, "none")
        planned = self.race("--scenario", "all", "--plan")
        self.assertEqual((planned.returncode, planned.stderr), (0, ""))

    def test_a_plan_predicts_and_runs_nothing(self):
        done = self.race("--scenario", "essay", "--plan")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"blocking +23\.000 s")
        self.assertRegex(done.stdout, r"async +10\.100 s")
        self.assertIn("$ slowpoetry", done.stdout)
        self.assertFalse(os.path.exists(self.out))

    def test_all_scenarios_are_listed(self):
        done = self.race("--list")
        names = [line.split()[0] for line in done.stdout.splitlines()]
        self.assertEqual(
            names,
            "essay many io chain one noblock cpu straggler one-at-a-time bigpoem responsive adapts "
            "cost cores faults million".split(),
        )

    def test_a_folder_for_temporary_files_that_is_not_there(self):
        self.environment["TMPDIR"] = "/nonexistent"
        done = self.race()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^poetry-race: no folder for temporary files, which TMPDIR")

    def test_the_slow_server_is_announced(self):
        done = self.race("--scenario", "straggler", "--plan")
        self.assertIn("8 poems of 50 bytes, 10 bytes every 15ms, the first 10 times as slow", done.stdout)

    def test_a_folder_that_cannot_be_written_is_found_out_before_the_race(self):
        done = self.race("--out", "/proc/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("Run 1", done.stderr)


def read_stat(pid):
    """A process's state and start time, or nothing when there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], fields[19]
    except OSError:
        return None


def name_of(pid):
    """A program's name as the kernel has it, in 15 characters."""
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read()
    except OSError:
        return ""


def is_alive(process):
    pid, born = process
    now = read_stat(pid)
    return now is not None and now[1] == born and now[0] not in "ZX"


def descendants(pid):
    """All processes below one, with their start times, so that none is taken for another."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(child) for child in file.read().split()]
    except OSError:
        return found
    for child in children:
        now = read_stat(child)
        if now:
            found.append((child, now[1]))
            found += descendants(child)
    return found
