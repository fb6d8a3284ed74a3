"""Programs of the user's own in the race: what they are given, how they are judged, how they end."""

import json
import os
import shlex
import signal
import subprocess
import sys

from programs import BIN, in_time, NotInTime, ProgramTest, SANITIZED, wait_until
from race_test import RaceTest, claim, descendants, is_alive, read_stat, result_of
from running_server import Server

PYTHON = shlex.quote(sys.executable)
ASYNC = ["--models", "async", "--runs", "1"]
SMALL = ["--tasks", "3", "--bytes", "30", "--delay", "50ms", *ASYNC]

READ = """
import os, socket, sys, threading
def read(server):
    host, port = server.rsplit(":", 1)
    poem = b""
    with socket.create_connection((host, int(port))) as connection:
        while part := connection.recv(65536):
            poem += part
    return poem
"""
ONE_BY_ONE = READ + "for server in sys.argv[1:]: read(server)"
ALL_AT_ONCE = READ + "for s in sys.argv[1:]: threading.Thread(target=read, args=[s]).start()"
KEEP = READ + """
for i, server in enumerate(sys.argv[2:]):
    open(os.path.join(sys.argv[1], f"{i}"), "wb").write(read(server)%s)
"""


class OwnTest(RaceTest):
    def own(self, script, arguments="{server}", name="mine"):
        """The option for a program in Python."""
        path = os.path.join(self.folder, f"{name}.py")
        with open(path, "w") as file:
            file.write(script)
        return ["--client", f"{name}={PYTHON} {shlex.quote(path)} {arguments}"]

    def run_of(self, *options):
        """The only run of `mine`, and its result."""
        _, results = self.results(*options)
        result = result_of(results, "mine")
        return result["runs"][0], result


class Judged(OwnTest):
    def test_it_is_measured_beside_the_models(self):
        _, results = self.results(*SMALL, *self.own(ONE_BY_ONE),
                                  "--assert", "mine.connections < async.connections",
                                  "--assert", "mine.whole == 3")
        mine = result_of(results, "mine")
        run = mine["runs"][0]
        self.assertIsNone(run["wrong"])
        self.assertEqual((run["whole"], run["connections"], run["exit_code"]), (3, 1, 0))
        self.assertEqual(run["process"], run["wall"])
        self.assertGreaterEqual(run["wall"], 0.45)
        self.assertIsNone(run["tick_max"])
        self.assertIsNone(mine["predicted_s"])
        for metric in ("cpu", "switches", "rss"):
            self.assertGreater(run[metric], 0, metric)
        self.assertEqual(claim(results, "mine.whole == 3")["verdict"], "met")
        self.assertEqual(claim(results, "mine.connections < async.connections")["verdict"], "met")
        ours = result_of(results, "async")["runs"][0]
        self.assertEqual((ours["whole"], ours["connections"], ours["exit_code"]), (3, 3, 0))
        self.assertGreater(ours["process"], ours["wall"])

    def test_its_shape_is_named(self):
        # Longer than a busy machine takes to start the second of two programs.
        _, results = self.results("--tasks", "4", "--bytes", "30", "--delay", "500ms", *ASYNC,
                                  *self.own(ONE_BY_ONE, name="single"),
                                  *self.own(ALL_AT_ONCE, name="crowd"),
                                  "--client", "pairs=echo {server} | xargs -n1 -P2 sh -c '"
                                  f"{PYTHON} {shlex.quote(os.path.join(self.folder, 'single.py'))} $0'")
        self.assertEqual({name: result_of(results, name)["shape"]
                          for name in ("single", "crowd", "pairs", "async")},
                         {"single": "one after another", "crowd": "all at once",
                          "pairs": "2 at a time", "async": "all at once"})

    def test_the_table_says_what_follows_from_its_shape(self):
        done = self.race(*SMALL, *self.own(ONE_BY_ONE))
        self.assertIn("mine reads one server after another: it takes the sum, 0.450 s; read all at "
                      "once it would take", done.stdout)
        # Servers that take one reader at a time leave a client no other shape.
        done = self.race("--scenario", "one-at-a-time", *ASYNC, *self.own(ALL_AT_ONCE))
        self.assertRegex(done.stdout, r"(?m)^  mine .* one after another +-$")
        self.assertNotIn("mine reads", done.stdout)

    def test_its_lanes_are_on_the_page(self):
        run, _ = self.run_of(*SMALL, *self.own(ONE_BY_ONE))
        self.assertIsNone(run["wrong"])
        with open(os.path.join(self.out, "report.html")) as report:
            page = report.read()
        self.assertIn("mine, as the servers saw it", page)
        data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
        mine = next(run for run in data["runs"] if run["result"]["model"] == "mine")
        self.assertEqual(mine["result"]["seen_by"], "servers")
        tasks = mine["result"]["tasks"]
        self.assertEqual([task["status"] for task in tasks], ["complete"] * 3)
        self.assertEqual([slice[-1] for slice in mine["slices"]], [10] * 9)
        self.assertEqual([task["bytes"] for task in tasks], [30] * 3)
        for earlier, later in zip(tasks, tasks[1:]):
            self.assertLessEqual(earlier["end_s"], later["start_s"])

    def test_poems_that_it_writes_are_checked(self):
        arguments = "{out} {server}"
        run, _ = self.run_of(*SMALL, *self.own(KEEP % "", arguments))
        self.assertIsNone(run["wrong"])
        for change, wrong in (
            ("[:-1]", "in its {out} is none of the poems"),
            (".upper()", "is none of the poems"),
        ):
            run, _ = self.run_of(*SMALL, *self.own(KEEP % change, arguments))
            self.assertIn(wrong, run["wrong"])
        run, _ = self.run_of(*SMALL, *self.own(ONE_BY_ONE + "\n#", "{server} # {out}"))
        self.assertEqual(run["wrong"], "3 of the poems not in its {out}")

    def test_it_stands_where_the_user_stands_with_the_users_limits(self):
        here = os.path.join(self.folder, "here")
        with open(os.path.join(self.folder, "limits.py"), "w") as file:
            file.write("import os, resource, signal, sys\n"
                       f"with open({here!r}, 'w') as file:\n"
                       "    print(os.getcwd(), resource.getrlimit(resource.RLIMIT_NOFILE)[0],\n"
                       "          signal.pthread_sigmask(signal.SIG_BLOCK, []),\n"
                       "          os.getpgrp() == os.getppid() or os.getpgrp() == os.getpid(),\n"
                       "          open('/proc/self/status').read().split('SigIgn:')[1].split()[0],\n"
                       "          file=file)\n")
        subprocess.run(["bash", "-c", f'ulimit -Sn 256; cd {shlex.quote(self.scratch)}; exec "$@"',
                        "race", *self.command(*SMALL, "--client",
                                              f"mine={PYTHON} -S ../limits.py {{server}}")],
                       capture_output=True, env=self.environment)
        with open(here) as file:
            # Python itself ignores SIGPIPE (bit 13) and SIGXFSZ (bit 25).
            self.assertEqual(file.read().split(),
                             [os.path.realpath(self.scratch), "256", "set()", "True",
                              "0000000001001000"])


class Wrong(OwnTest):
    """One row each, the exit code of the race, and the other rows unharmed."""

    def wrong(self, command):
        code, results = self.results(*SMALL, "--client", f"mine={command}")
        self.assertEqual(code, 1)
        self.assertIsNone(result_of(results, "async")["runs"][0]["wrong"])
        self.assertEqual(result_of(results, "mine")["verdict"], "not met")
        return result_of(results, "mine")["runs"][0]

    def test_programs_that_fail(self):
        for command, exit_code, wrong in (
            ("no-such-program", 127, "no-such-program"),
            ("true", 0, "it took 0 of 3 poems whole"),
            ("echo one; echo two >&2; exit 3;", 3, "it ended with 3: one; two; it took 0 of 3"),
            ("kill -KILL $$;", 137, "it was ended by signal 9"),
            ("echo oh no >&2; kill -ABRT $$;", 134, "it was ended by signal 6: oh no; it took 0"),
            ("echo minus one; exit 255;", 255, "it ended with 255: minus one; it took 0 of 3"),
            ("echo hm; exit 0;", 0, "it took 0 of 3 poems whole; it said: hm"),
            ("head -c 1000000000 /dev/zero; echo; echo that was all; exit 1;", 1, "that was all"),
            (f"{PYTHON} -c 'import socket, sys\nfor server in sys.argv[1:]:\n"
             "    socket.create_connection(server.split(\":\")).close()' {server}", 0, "0 of 3"),
        ):
            with self.subTest(command=command):
                run = self.wrong(command)
                self.assertEqual(run["exit_code"], exit_code)
                self.assertIn(wrong, run["wrong"])

    def test_it_is_told_at_which_point_of_a_sweep(self):
        done = self.race("--sweep", "tasks=1,2", "--bytes", "10", "--delay", "1ms", *ASYNC,
                         "--client", "mine=exit 3")
        self.assertIn("mine, tasks 2 went wrong: it ended with 3", done.stdout)

    def test_a_file_name_does_nothing_to_the_terminal(self):
        write = KEEP % "" + "open(os.path.join(sys.argv[1], '\\x1b[31m'), 'w')"
        run, _ = self.run_of(*SMALL, *self.own(write, "{out} {server}"))
        self.assertEqual(run["wrong"], "?[31m in its {out} is none of the poems")

    def test_folders_that_it_closes_are_removed_and_cost_nobody_else_anything(self):
        # Root may do anything: without this it obeys the modes of its own files.
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        if os.geteuid() != 0:
            command = []
        elif subprocess.run([*command, "true"], capture_output=True).returncode != 0:
            self.skipTest("cannot give up what root may do")
        close = "folder = os.path.join(sys.argv[1], 'folder')\nos.mkdir(folder)\n" \
                "open(os.path.join(folder, 'file'), 'w')\nos.chmod(folder, 0)\n"
        done = subprocess.run(
            [*command, *self.command("--json", *SMALL, *self.own(KEEP % "" + close, "{out} {server}"))],
            capture_output=True, text=True, env=self.environment)
        results = json.loads(done.stdout)["scenarios"][0]
        self.assertIsNone(result_of(results, "async")["runs"][0]["wrong"])
        self.assertIn("Permission denied", result_of(results, "mine")["runs"][0]["wrong"])
        self.assertEqual(os.listdir(self.scratch), [])

    def test_a_program_that_leaves_children(self):
        pids = os.path.join(self.folder, "pids")
        script = ONE_BY_ONE + (
            f"\nimport subprocess\nwith open({pids!r}, 'a') as file:\n"
            "    for new in (False, True):\n"
            "        left = subprocess.Popen(['sleep', '1000'], start_new_session=new)\n"
            "        print(left.pid, file=file)\n")
        run, _ = self.run_of(*SMALL, *self.own(script))
        self.assertIsNone(run["wrong"])
        self.assert_gone(pids)

    def assert_gone(self, pids):
        with open(pids) as file:
            for pid in map(int, file.read().split()):
                with self.subTest(pid=pid):
                    self.assertFalse(read_stat(pid), "it still runs")

    def test_a_program_that_hangs_is_ended_with_all_its_children(self):
        pids = os.path.join(self.folder, "pids")
        script = READ + (
            "import signal, subprocess, time\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "if len(sys.argv) > 2:\n"  # not while it is warmed up
            f"    with open({pids!r}, 'a') as file:\n"
            "        print(subprocess.Popen(['sh', '-c', 'trap : TERM; sleep 1000 & wait; wait'],\n"
            "                               start_new_session=True).pid, os.getpid(), file=file)\n"
            "    read(sys.argv[1])\n"
            "    held = socket.create_connection(sys.argv[2].split(':'))\n"
            "    held.recv(10)\n"
            "    time.sleep(1000)\n"
            "read(sys.argv[1])\n")
        run, _ = self.run_of(*SMALL, *self.own(script))
        self.assertRegex(run["wrong"], r"^it hung: ended after \d+ s; it took [12] of 3 poems whole")
        self.assertEqual(run["exit_code"], 137)
        self.assert_gone(pids)


CAREFUL = READ + """
socket.setdefaulttimeout(1)
failures = []
def try_to(server):
    try:
        read(server)
    except OSError as error:
        failures.append(f"{server}: {error}")
threads = [threading.Thread(target=try_to, args=[server]) for server in sys.argv[1:]]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit("\\n".join(failures))
"""


class Faults(OwnTest):
    WHOLE, CODE = "each.whole == 2", "each.exit_code > 0"

    def faults(self, models, *scripts):
        clients = [word for i, script in enumerate(scripts) for word in self.own(script, name=f"own{i}")]
        # Short poems: who hangs is ended the sooner.
        return self.results("--scenario", "faults", "--delay", "5ms", "--runs", "1", "--models", models, *clients)

    def test_models_and_a_careful_client_bring_home_what_is_good(self):
        minus_one = CAREFUL.replace('sys.exit("\\n".join(failures))', "sys.exit(-1 if failures else 0)")
        code, results = self.faults("async,blocking", CAREFUL, minus_one)
        for result in results["claims"]:
            self.assertEqual(result["verdict"], "met", result)
        self.assertEqual(claim(results, self.WHOLE)["measured"], "4 of 4")
        # Only of the models, which were given the text, and which say what failed.
        self.assertEqual(claim(results, "each.failed == 4")["measured"], "2 of 2")
        own, ours = (result_of(results, name)["runs"][0] for name in ("own0", "async"))
        self.assertEqual((own["exit_code"], own["whole"]), (1, 2))
        self.assertEqual(result_of(results, "own1")["runs"][0]["exit_code"], 255)
        # One server refuses; the last thread may begin when another's server has reset it.
        self.assertIn(own["connections"], (3, 4, 5))
        self.assertEqual((ours["exit_code"], ours["whole"], ours["failed"]), (1, 2, 4))
        self.assertEqual(code, 0)

    def test_clients_that_are_not(self):
        silent = CAREFUL.replace("sys.exit(", "print(")
        gives_up = ONE_BY_ONE
        waits = CAREFUL.replace("setdefaulttimeout(1)", "setdefaulttimeout(None)")
        code, results = self.faults("async", silent, gives_up, waits)
        self.assertEqual(code, 1)
        exit_codes = claim(results, self.CODE)
        self.assertEqual(exit_codes["verdict"], "not met")
        self.assertIn("own0 (exit_code 0)", exit_codes["measured"])
        self.assertIn("own1 (whole 1)", claim(results, self.WHOLE)["measured"])
        self.assertRegex(result_of(results, "own2")["runs"][0]["wrong"],
                         r"^it hung: ended after \d+ s; it took 2 of 2 poems whole; it waited for "
                         r"127.0.0.1:\d+ after 150 bytes$")
        self.assertIsNone(result_of(results, "async")["runs"][0]["wrong"])

    def test_the_plan_can_be_pasted(self):
        """Servers from the plan are those of the race, with their faults."""
        done = self.race("--scenario", "faults", "--plan", "--client", "mine=cat")
        commands = [line[4:] for line in done.stdout.splitlines() if line.startswith("  $ ")]
        self.assertEqual(commands[-1], "cat " + " ".join(
            f"127.0.0.1:{port}" for port in range(10000, 10006)))
        self.assertIn("--port 10002 --num-bytes 10 --delay 20ms --quiet --fault reset ",
                      "\n".join(commands))
        subprocess.run(commands[0], shell=True, cwd=self.folder, check=True)
        with open(os.path.join(self.folder, "poem-of-300-bytes.txt")) as file:
            poem = file.read()
        self.assertEqual((len(poem), poem[:40]), (300, "and line 1 waits for the line before,\n" "an"))


class Costs(OwnTest):
    def test_its_memory_is_its_own(self):
        """The kernel's peak survives exec: it must be the program's, neither the race's nor its shell's."""
        if SANITIZED:
            self.skipTest("sanitizers take memory of their own")
        run, _ = self.run_of(*SMALL, "--client", "mine=true")
        small = run["rss"]
        self.assertLess(small, 4 << 20)
        run, _ = self.run_of(*SMALL, "--client", f"mine={PYTHON} -c 'b = bytearray(50 << 20)'")
        self.assertGreater(run["rss"], 50 << 20)


class Accounts(ProgramTest):
    def test_the_servers_account_agrees_with_what_the_models_tell(self):
        """To the byte, and in time but for the lateness told and what the machine takes to wake up."""
        poems = [b"a" * 100, b"b" * 47, b"c" * 70]
        for model in ("blocking", "threads", "async"):
            with self.subTest(model=model), Server("--delay", "20ms", poems=poems) as server:
                addresses = [f"{host}:{port}" for host, port in server.addresses]
                done = subprocess.run([os.path.join(BIN, f"get-poetry-{model}"), "--json", *addresses],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                wait_until(lambda: len(server.events("finished")) == 3)
                told = {event["server"]: event for event in server.events("finished")}
                for task in json.loads(done.stdout)["tasks"]:
                    seen = told[task["server"]]
                    self.assertEqual((seen["ending"], seen["bytes"]), ("whole", task["bytes"]))
                    lasted = task["end_s"] - task["start_s"]
                    self.assertGreaterEqual(lasted, seen["time_s"])
                    in_time(lambda given: self.agree(lasted, seen, given), (0.01, 0.1, 1))

    def agree(self, lasted, seen, given):
        if lasted > seen["time_s"] + seen["worst_lateness_s"] + given:
            raise NotInTime(f"{lasted} s, and by the server's account {seen}")


class Ending(OwnTest):
    def test_nothing_is_left_when_the_race_is_ended(self):
        """However it ends: told to, told twice, or killed; programs in sessions of their own, too."""
        for signals, code in (([signal.SIGTERM], 143), ([signal.SIGINT, signal.SIGINT], 130),
                              ([signal.SIGKILL], -9)):
            with self.subTest(signals=signals):
                pids = os.path.join(self.folder, "pids")
                script = ("import signal, subprocess, sys, time\n"
                          "if len(sys.argv) > 2:\n"
                          "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                          "    own = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
                          f"    print(own.pid, file=open({pids!r}, 'w'), flush=True)\n"
                          "    time.sleep(1000)\n")
                race = subprocess.Popen(self.command(*SMALL, *self.own(script)),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=self.environment)
                self.addCleanup(race.wait)
                self.addCleanup(race.kill)
                wait_until(lambda: os.path.exists(pids) and os.path.getsize(pids) > 0)
                started = descendants(race.pid)
                self.assertGreaterEqual(len(started), 5)
                for number in signals:
                    race.send_signal(number)
                self.assertEqual(race.wait(), code)
                wait_until(lambda: not any(map(is_alive, started)))
                os.remove(pids)


class CommandLine(OwnTest):
    def test_nonsense_is_refused_in_one_line(self):
        for clients, complaint in (
            (["mine"], "no '='"),
            (["=cat"], "is no name"),
            (["Mine=cat"], "is no name"),
            (["2nd=cat"], "is no name"),
            (["my.own=cat"], "is no name"),
            (["async=cat"], "one of the models"),
            (["mine="], "its command is empty"),
            (["mine=  "], "its command is empty"),
            (["mine=cat", "mine=dog"], "two of the name mine"),
        ):
            with self.subTest(clients=clients):
                done = self.race(*[word for client in clients for word in ("--client", client)])
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn(complaint, done.stderr)

    def test_a_command_that_one_argument_cannot_hold_is_told(self):
        done = self.race("--tasks", "1500", "--client", "mine=cat " + "{server}" * 10)
        self.assertEqual(done.returncode, 2)
        self.assertIn("one argument holds 128 KiB", done.stderr)

    def test_a_hundred_contenders_and_a_thousand_tasks(self):
        count = 10 if SANITIZED else 100  # programs that begin ten times as slowly
        clients = [word for i in range(count) for word in ("--client", f"c{i}=true")]
        _, results = self.results("--tasks", "1", "--bytes", "10", "--delay", "1ms", *ASYNC, *clients)
        self.assertEqual(len(results["results"]), count + 1)
        run, result = self.run_of("--tasks", "1000", "--bytes", "10", "--delay", "1ms", *ASYNC,
                                  *self.own(ONE_BY_ONE))
        self.assertIsNone(run["wrong"])
        self.assertEqual((run["whole"], result["tasks"]), (1000, 1000))

    def test_the_plan_tells_its_bounds_and_commands(self):
        done = self.race("--delay", "20ms", "--plan", "--client", "mine=my-reader -v {server}")
        self.assertIn("$ my-reader -v 127.0.0.1:10000 127.0.0.1:10001 127.0.0.1:10002\n", done.stdout)
        self.assertIn("longest download, 2.020 s", done.stdout)
        self.assertIn("sum, 4.600 s", done.stdout)
        self.assertIn("after 23.800 s they are ended", " ".join(done.stdout.split()))
        swept = " ".join(self.race("--sweep", "tasks=1,64", "--plan", "--client", "mine=cat").stdout.split())
        self.assertRegex(swept, r"tasks 1: Of your programs [^:]* after 10\.300 s .* sum, 0\.100 s")
        self.assertRegex(swept, r"tasks 64: Of your programs [^:]* after 29\.200 s .* sum, 6\.400 s")

    def test_where_our_options_are_compared_own_programs_are_left_out_and_told(self):
        for scenario in ("cpu", "chain", "responsive"):
            with self.subTest(scenario=scenario):
                done = self.race("--scenario", scenario, "--plan", "--client", "mine=cat")
                self.assertIn("left out: mine; this is about --work, --tick or --chain", done.stdout)
        done = self.race("--tasks", "2", "--work", "1ms", "--plan", "--client", "mine=cat")
        self.assertIn("left out: mine", done.stdout)
