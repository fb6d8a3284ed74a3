"""What a client measures of itself: ticks, work, and the recording of a run. Runs the real program of
every model over loopback; the facts hold on a busy machine, too."""

import base64
import collections
import json
import math
import os
import re
import signal
import time

from client_failures_test import refusing_port
from client_test import ClientTest, crc32, names, POEMS
from programs import in_time, NotInTime, wait_until
from running_client import Client, clients, read
from running_server import Server

PARALLEL = {"threads": [], "processes": [], "mixed": ["--threads", str(len(POEMS))]}
# Their thread has nothing to do but to wait for whatever comes next, a tick among it.
RESPONSIVE = ("threads", "processes", "async", "coroutines", "mixed")


class Ticks(ClientTest):
    def check_tick(self, result, interval, elapsed):
        tick = result["tick"]
        self.assertEqual(list(tick), ["interval_s", "count", "p50_s", "p99_s", "max_s"])
        self.assertEqual(tick["interval_s"], interval)
        self.assertGreaterEqual(tick["count"], math.floor(result["wall_s"] / interval))
        self.assertLessEqual(tick["count"], elapsed / interval)
        self.assertLessEqual(0, tick["p50_s"])
        self.assertLessEqual(tick["p50_s"], tick["p99_s"])
        self.assertLessEqual(tick["p99_s"], tick["max_s"])

    def test_every_tick_that_was_due_is_recorded(self):
        with Server("--delay", "10ms", poems=POEMS) as server:
            for options in ([], ["--chain"], ["--repeat", "2"]):
                start = time.monotonic()
                arguments = ["--json", "--tick", "2ms", *options, *names(server)]
                with clients(arguments) as all_of_them:
                    for client in all_of_them:
                        with self.subTest(client.model, options=options):
                            self.check_ended(client)
                            self.check_tick(client.result, 0.002, time.monotonic() - start)

    def test_no_tick_is_skipped_and_none_is_early(self):
        folder = self.folder()
        arguments = lambda model: ["--tick", "2ms", "--trace", f"{folder}/{model}", *names(server)]
        with Server("--delay", "10ms", poems=POEMS) as server:
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        with open(f"{folder}/{client.model}") as file:
                            trace = json.load(file)
                        ticks = [event for event in trace["traceEvents"] if event["ph"] == "i"]
                        self.assertEqual(len(ticks), trace["otherData"]["result"]["tick"]["count"])
                        for i, tick in enumerate(ticks, 1):
                            late = tick["args"]["late_us"]
                            self.assertGreaterEqual(late, 0)
                            self.assertAlmostEqual(tick["ts"] - late, i * 2000, 1)

    def test_a_tick_is_late_by_as_long_as_the_thread_was_not_free(self):
        interval = 0.005
        folder = self.folder()
        arguments = lambda model: [
            "--json", "--tick", "5ms", "--trace", f"{folder}/{model}", *names(server)]
        with Server("--delay", "50ms", poems=[POEMS[0]] * 3) as server:
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        result = client.result
                        tick, tasks = result["tick"], result["tasks"]
                        first = min(tasks, key=lambda task: task["end_s"])
                        if client.model in RESPONSIVE:
                            events = json.loads(read(f"{folder}/{client.model}"))["traceEvents"]
                            self.assertTrue(any(
                                event["ph"] == "i" and event["ts"] < first["end_s"] * 1e6
                                for event in events), "no tick ran while the poems arrived")
                        elif client.model == "broken":
                            self.assertGreater(tick["max_s"],
                                               first["end_s"] - first["first_byte_s"] - interval)
                        else:
                            self.assertGreater(tick["max_s"], result["longest_task_s"] - interval
                                               if client.model == "blocking"
                                               else first["end_s"] - interval)

    def test_a_child_process_runs_none_of_its_parents_ticks(self):
        in_time(self.check_live_ticks, (0.04, 0.4))

    def check_live_ticks(self, delay):
        """The live view speaks once a second of a run that lasts for 67 delays."""
        with Server("--delay", str(delay), poems=[POEMS[0][:100], POEMS[0] * 3]) as server:
            with Client("processes", "--json", "--tick", "20ms", "--live", "always",
                        *names(server)) as client:
                worst = client.result["tick"]["max_s"]
                seen = re.findall(r"worst ([\d.]+) (us|ms|s)", client.stderr)
                if not seen:
                    raise NotInTime(client)
                for number, unit in seen:
                    in_seconds = {"us": 1e-6, "ms": 1e-3, "s": 1}[unit]
                    self.assertLessEqual(float(number) * in_seconds, worst + 0.001)

    def test_the_text_has_a_line_about_it(self):
        with Server("--delay", "5ms", poems=POEMS) as server:
            with clients(["-q", "--tick", "2ms", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        self.assertRegex(
                            client.stdout, r"^Tick every 2ms: \d+ ticks, late by \d+\.\d{3} ms "
                            r"\(median\), \d+\.\d{3} ms \(p99\), \d+\.\d{3} ms \(worst\)\.\nGot 3 ")


class Work(ClientTest):
    def test_it_is_done_for_bytes_in_chunks_of_any_size(self):
        for size in ("1", "25", "1000"):
            with Server("--num-bytes", size, "--delay", "1ms", poems=POEMS) as server:
                # Of longer work the time that the machine charges besides is a smaller part.
                in_time(lambda work: self.check_work(server, work), (0.001, 0.004, 0.016))

    def test_threads_and_processes_work_at_the_same_time(self):
        with Server("--delay", "3600", poems=POEMS) as server:
            for model, options in PARALLEL.items():
                arguments = ["-v", "--work", "3600", *options, *names(server)]
                with self.subTest(model), Client(model, *arguments) as client:
                    # Each says so before it begins to work, and none of them ends.
                    wait_until(lambda: client.stdout.count(" bytes of poetry") == len(POEMS),
                               lambda: str(client))

    def check_work(self, server, work):
        owed = 2 * sum(map(len, POEMS)) / 10 * work
        with clients(["--json", "--work", work, "--repeat", "2", *names(server)]) as all_of_them:
            for client in all_of_them:
                self.check_ended(client)
                result = client.result
                done = result["work_s"]
                self.assertGreaterEqual(done, owed * 0.999, client)
                if done >= owed * 1.05:
                    raise NotInTime(client)
                # It is real CPU time, by the kernel's accounting, and each thread has one core.
                self.assertGreater(result["cpu_user_s"] + result["cpu_system_s"], done * 0.95)
                cores = min(result["threads"], os.cpu_count())
                self.assertGreaterEqual(result["wall_s"], done / cores * 0.999, client)


class Trace(ClientTest):
    def check_trace(self, path, poems=None):
        """What holds for every recording, however the run went."""
        with open(path) as file:
            trace = json.load(file)
        result = trace["otherData"]["result"]
        self.assertRegex(trace["otherData"]["command"], f"^get-poetry-{result['model']} ", "no folder")
        tracks = collections.defaultdict(list)
        got = collections.Counter()
        spans = collections.defaultdict(list)
        for event in trace["traceEvents"]:
            if event["ph"] == "X":
                tracks[event["pid"], event["tid"]].append(event)
                got[event["args"]["task"]] += event["args"]["bytes"]
            elif event["ph"] in "be":
                spans[event["id"]].append(event)
            else:
                self.assertIn(event["ph"], "Mi")

        for slices in tracks.values():
            slices.sort(key=lambda one: one["ts"])
            for one, next_one in zip(slices, slices[1:]):
                self.assertLessEqual(one["ts"] + one["dur"], next_one["ts"] + 0.002)
        tasks = {task["task"]: task for task in result["tasks"]}
        for number, task in tasks.items():
            if task["error"] != "its process died":
                self.assertEqual(got[number], task["bytes"])
            if task["start_s"] is None:
                self.assertNotIn(number, spans)
                continue
            begin, end = spans[number]
            self.assertEqual((begin["ph"], end["ph"]), ("b", "e"))
            self.assertEqual(begin["args"]["server"], task["server"])
            self.assertAlmostEqual(begin["ts"], task["start_s"] * 1e6, 2)
            self.assertAlmostEqual(end["ts"], task["end_s"] * 1e6, 2)
        for slices in tracks.values():
            for one in slices:
                self.assertGreaterEqual(one["ts"] + 0.002, spans[one["args"]["task"]][0]["ts"])

        kept = [base64.b64decode(poem["base64"], validate=True)
                for poem in trace["otherData"]["poems"]]
        self.assertEqual([poem["task"] for poem in trace["otherData"]["poems"]], list(tasks))
        for poem, task in zip(kept, tasks.values()):
            if task["error"] != "its process died":
                self.assertEqual((len(poem), crc32(poem)), (task["bytes"], task["crc32"]))
        if poems is not None:
            self.assertEqual(kept, poems)
        # Each thread that received something is one of those that ran downloads.
        busy = [slices for slices in tracks.values() if any(s["args"]["bytes"] for s in slices)]
        self.assertLessEqual(len(busy), result["threads"])
        return trace

    def test_of_a_good_run(self):
        with Server("--num-bytes", "7", "--delay", "2ms", poems=POEMS) as server:
            for options in ([], ["--chain"], ["--repeat", "2", "--tick", "1ms", "--work", "0.1ms"]):
                folder = self.folder()
                poems = POEMS * 2 if "--repeat" in options else POEMS
                arguments = lambda model: ["--json", "--trace", f"{folder}/{model}", *options,
                                           *names(server)]
                with clients(arguments) as all_of_them:
                    for client in all_of_them:
                        with self.subTest(client.model, options=options):
                            self.check_ended(client)
                            trace = self.check_trace(f"{folder}/{client.model}", poems)
                            self.assertEqual(trace["otherData"]["result"]["tasks"],
                                             client.result["tasks"])

    def test_of_a_poem_larger_than_any_buffer(self):
        poem = os.urandom(3_000_000)
        folder = self.folder()
        arguments = lambda model: ["--trace", f"{folder}/{model}", *names(server)]
        with Server("--delay", "0", poems=[poem]) as server:
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        self.check_trace(f"{folder}/{client.model}", [poem])

    def test_of_a_run_in_which_much_went_wrong(self):
        folder = self.folder()
        with (Server("--delay", "1ms", poems=POEMS[:1]) as good,
              Server("--delay", "50ms", "--fault", "reset@20") as cut,
              Server("--delay", "3600") as silent, refusing_port() as refusing):
            servers = [*names(good), *names(cut), refusing, 'no"such\\host.invalid:1',
                       *names(silent)]
            in_time(lambda seconds: self.check_bad_run(folder, servers, seconds))

    def check_bad_run(self, folder, servers, seconds):
        arguments = lambda model: ["--max-time", seconds, "--trace", f"{folder}/{model}", *servers]
        with clients(arguments) as all_of_them:
            for client in all_of_them:
                self.check_ended(client, code=1)
                trace = self.check_trace(f"{folder}/{client.model}")
                statuses = [task["status"] for task in trace["otherData"]["result"]["tasks"]]
                expected = ["complete", "failed", "failed", "failed", "cancelled"]
                if client.model == "broken":  # it may come to the silent server first
                    statuses, expected = statuses[2:], expected[2:]
                if statuses != expected:
                    raise NotInTime(client)

    def test_of_a_run_that_was_interrupted(self):
        folder = self.folder()
        with Server("--delay", "3600", poems=POEMS) as server:
            arguments = lambda model: ["-v", "--trace", f"{folder}/{model}", *names(server)]
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        client.wait_to_say(" bytes of poetry")
                        client.signal(signal.SIGTERM)
                        self.check_ended(client, code=143)
                        trace = self.check_trace(f"{folder}/{client.model}")
                        self.assertEqual(trace["otherData"]["result"]["cancelled"], 3)

    def test_of_a_run_in_which_a_child_was_killed(self):
        path = f"{self.folder()}/trace"
        with (Server("--delay", "5ms", poems=POEMS[:1]) as good,
              Server("--delay", "3600") as endless):
            arguments = ["-v", "--trace", path, *names(good), *names(endless)]
            with Client("processes", *arguments) as client:
                client.wait_to_say("Task 2: 10 bytes of poetry")
                os.kill(client.children()[-1], signal.SIGKILL)
                self.check_ended(client, code=1)
                trace = self.check_trace(path)
                self.assertEqual(trace["otherData"]["result"]["ok"], 1)

    def test_through_a_link_arrives_where_the_link_leads(self):
        link = f"{self.folder()}/link"
        os.symlink("trace", link)
        reader, writer = os.pipe()
        with Server("--delay", "1ms", poems=POEMS[:1]) as server:
            with Client("async", "--trace", link, *names(server)) as client:
                self.check_ended(client)
                self.assertTrue(os.path.islink(link))
                self.check_trace(os.path.join(os.path.dirname(link), "trace"))
            # As a shell's `--trace >(...)` does.
            with Client("async", "--trace", f"/dev/fd/{writer}", *names(server),
                        pass_fds=[writer]) as client:
                os.close(writer)
                with open(reader, "rb") as pipe:
                    self.assertEqual(json.load(pipe)["otherData"]["result"]["ok"], 1)
                self.check_ended(client)

    def test_that_cannot_be_written_is_told_in_one_line_with_1(self):
        with Server("--delay", "1ms", poems=POEMS) as server:
            with clients(["--trace", "/dev/full", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client, code=1, complaints=1)
                        self.assertIn("\nGot 3 of 3 poems, ", client.stdout)
                        self.assertEqual(client.complaints, [
                            f"get-poetry-{client.model}: cannot write /dev/full: "
                            "No space left on device"])
