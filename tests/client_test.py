"""The results of successful runs: poems, lines, numbers, one JSON object. Runs the real program of
every model over loopback."""

import binascii
import os
import re
import resource
import socket
import subprocess
import tempfile
import unittest

from programs import BIN, in_time, NotInTime, ProgramTest, wait_until
from running_client import ALONE, Client, clients, MODELS, read
from running_server import is_silent, parse, Server

POEMS = [text.encode() for text in ("Ich warte, du wartest… wir warten: " * 6, "ü…🕰")]
POEMS.append(bytes(range(256)))

RUN_KEYS = [
    "schema", "model", "threads", "ok", "failed", "cancelled", "bytes", "wall_s", "sum_task_s",
    "longest_task_s", "overlap", "cpu_user_s", "cpu_system_s", "max_rss_bytes",
    "switches_voluntary", "switches_involuntary", "work_s", "tick", "tasks",
]
TASK_KEYS = [
    "task", "server", "status", "bytes", "crc32", "reads", "connect_s", "first_byte_s", "start_s",
    "end_s", "error",
]


def names(server):
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            for host, port in server.addresses]


def crc32(poem):
    return f"{binascii.crc32(poem):08x}"


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class ClientTest(ProgramTest):
    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def file(self, content):
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(content)
        self.addCleanup(os.remove, file.name)
        return file.name

    def check_ended(self, client, code=0, complaints=0):
        self.assertEqual(client.code, code, client)
        self.assertEqual(len(client.complaints), complaints, client)


class WholePoems(ClientTest):
    def check_poems(self, server, addresses, poems):
        folder = self.folder()
        running = lambda model: ["-o", f"{folder}/{model}", *addresses]
        with clients(running) as all_of_them:
            for client in all_of_them:
                with self.subTest(client.model):
                    self.check_ended(client)
                    self.assertIn(f"\nGot {len(poems)} of {len(poems)} poems, "
                                  f"{sum(map(len, poems))} bytes, in ", "\n" + client.stdout)
                    files = sorted(os.listdir(f"{folder}/{client.model}"))
                    expected = sorted(f"{i}-{host}-{port}.txt" for i, (host, port)
                                      in enumerate(map(parse, addresses), 1))
                    self.assertEqual(files, expected)
                    for i, poem in enumerate(poems, 1):
                        name, = [file for file in files if file.startswith(f"{i}-")]
                        self.assertEqual(read(f"{folder}/{client.model}/{name}"), poem)

    def test_every_byte_arrives_though_chunks_end_inside_characters(self):
        for size in ("1", "7", "1000"):
            with Server("--num-bytes", size, "--delay", "2ms", poems=POEMS) as server:
                self.check_poems(server, names(server), POEMS)

    def test_a_poem_larger_than_any_buffer_arrives_whole(self):
        poem = os.urandom(1 << 20) * 9
        with Server("--delay", "0", poems=[poem]) as server:
            self.check_poems(server, names(server) * 2, [poem] * 2)

    @unittest.skipUnless(has_ipv6(), "needs IPv6")
    def test_ipv6(self):
        with Server("--iface", "::1", "--delay", "1ms", poems=POEMS) as server:
            self.check_poems(server, names(server), POEMS)

    def test_localhost_is_found_on_ipv4_and_ipv6(self):
        found = {entry[4][0] for entry in socket.getaddrinfo("localhost", None)}
        for interface in found & {"127.0.0.1", "::1"}:
            with Server("--iface", interface, "--delay", "1ms", poems=POEMS[:1]) as server:
                self.check_poems(server, [f"localhost:{server.addresses[0][1]}"], POEMS[:1])

    def test_a_bare_port_means_this_machine(self):
        with Server("--delay", "0", poems=POEMS[:1]) as server:
            with clients([server.addresses[0][1]]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        self.assertIn(f" from {names(server)[0]} in ", client.stdout)

    def test_all_ports_of_a_range_are_servers(self):
        with Server("--delay", "0", poems=POEMS[:1]) as server:
            port = server.addresses[0][1]
            with Client("async", f"127.0.0.1:{port}-{port}") as client:
                self.assertEqual(client.code, 0, client)

    def test_repeat_downloads_the_whole_list_again(self):
        with Server("--delay", "1ms", poems=POEMS[:2]) as server:
            self.check_poems(server, names(server) * 3, POEMS[:2] * 3)
            folder = self.folder()
            arguments = lambda model: ["--repeat", 3, "-o", f"{folder}/{model}", *names(server)]
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        for i, file in enumerate(sorted(os.listdir(f"{folder}/{client.model}"))):
                            self.assertEqual(file[:2], f"{i + 1}-")
                            self.assertEqual(read(f"{folder}/{client.model}/{file}"), POEMS[i % 2])

    def test_a_poem_is_written_as_it_arrives(self):
        with Server("--delay", "3600", poems=POEMS[:1]) as server:
            folder = self.folder()
            part = f"1-127.0.0.1-{server.addresses[0][1]}.txt.part"
            with clients(lambda model: ["-o", f"{folder}/{model}", *names(server)]):
                for model in MODELS:
                    path = f"{folder}/{model}/{part}"
                    wait_until(lambda: os.path.exists(path) and read(path) == POEMS[0][:10])

    def test_blocking_is_connected_to_one_server_at_a_time_and_every_other_model_to_all(self):
        for model in MODELS:
            with self.subTest(model), Server("--delay", "3600", poems=POEMS) as server:
                with Client(model, *names(server)):
                    here = lambda: len(server.events("connected"))
                    wait_until(lambda: here() == (1 if model in ALONE else 3))
                    if model in ALONE:
                        # Absence: a second visitor would have come within this patience.
                        with server.connect(2) as reader:
                            reader.recv(10)
                            self.assertTrue(is_silent(reader))
                        self.assertEqual(here(), 2)  # the reader and the client


class Lines(ClientTest):
    def test_each_poem_has_a_line_and_the_run_a_summary(self):
        with Server("--delay", "2ms", poems=POEMS) as server:
            with clients(names(server)) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        *lines, summary = client.stdout.splitlines()
                        for task, (name, poem) in enumerate(zip(names(server), POEMS), 1):
                            form = re.compile(rf"Task {task}: got {len(poem)} bytes of poetry from "
                                              rf"{re.escape(name)} in \d+\.\d\d\d s")
                            self.assertEqual(sum(map(bool, map(form.fullmatch, lines))), 1)
                        self.assertEqual(len(lines), 3)
                        self.assertRegex(
                            summary, r"^Got 3 of 3 poems, \d+ bytes, in \d+\.\d{3} s\. "
                            r"One after another: \d+\.\d{3} s\. Overlap: \d+\.\d\dx\.$")

    def test_verbose_has_a_line_for_every_chunk(self):
        with Server("--num-bytes", "7", "--delay", "2ms", poems=POEMS) as server:
            with clients(["-v", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        for task, (name, poem) in enumerate(zip(names(server), POEMS), 1):
                            chunks = re.findall(rf"^Task {task}: (\d+) bytes of poetry from "
                                                rf"{re.escape(name)}$", client.stdout, re.M)
                            self.assertEqual(sum(map(int, chunks)), len(poem))

    def test_quiet_prints_only_the_summary(self):
        with Server("--delay", "1ms", poems=POEMS) as server:
            with clients(["-q", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        self.assertRegex(client.stdout, r"^Got 3 of 3 poems, [^\n]*\n$")

    def test_print_shows_the_poems_in_their_order_and_control_characters_as_pictures(self):
        poems = ["Grün…\n\x1b[2Jweg\x07\x00\x7f\r\n\x9b2J".encode() + b"\x9b2J\x9d0;", b"second\n"]
        seen = "Grün…\n␛[2Jweg␇␀␡␍\n\ufffd2J\ufffd2J\ufffd0;"
        with Server("--delay", "2ms", poems=poems) as server:
            with clients(["--print", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        self.assertIn((f"Task 1: the poem\n{seen}\n"
                                       "Task 2: the poem\nsecond\n\nGot 2 ").encode(),
                                      client.stdout_bytes)

    def test_print_shows_what_has_arrived_of_a_poem_that_failed(self):
        with Server("--num-bytes", "20", "--delay", "3600", poems=POEMS[:1]) as server:
            in_time(lambda seconds: self.check_first_chunk_is_shown(server, seconds))

    def check_first_chunk_is_shown(self, server, seconds):
        with clients(["--print", "--max-time", seconds, *names(server)]) as all_of_them:
            for client in all_of_them:
                self.check_ended(client, code=1)
                if "cancelled after 0 bytes" in client.stdout:
                    raise NotInTime(client)
                self.assertIn("the poem\n" + POEMS[0][:20].decode() + "\n", client.stdout, client)


class OneName(ClientTest):
    """Several addresses behind one name."""

    def setUp(self):
        hosts = self.file(b"127.0.0.2 poetry\n127.0.0.3 poetry\n127.0.0.4 poetry\n")
        self.inside = ["unshare", "-rm", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]
        found = subprocess.run([*self.inside, "getent", "ahostsv4", "poetry"], capture_output=True, text=True)
        self.addresses = list(dict.fromkeys(re.findall(r"127\S+", found.stdout)))
        if len(self.addresses) < 3:
            self.skipTest("needs mount namespaces, and an /etc/hosts with several addresses for a name")

    def used(self, model, host, downloads, *arguments):
        """The addresses at which a client's downloads arrive."""
        with socket.create_server((host, 0)) as listener:
            command = [os.path.join(BIN, f"get-poetry-{model}"), "--quiet", *arguments]
            name = f"poetry:{listener.getsockname()[1]}"
            with subprocess.Popen([*self.inside, *(name if part == "NAME" else part for part in command)],
                                  stdout=subprocess.DEVNULL) as client:
                self.addCleanup(client.kill)
                arrived = []
                for _ in range(downloads):
                    reader, _ = listener.accept()
                    with reader:
                        arrived.append(reader.getsockname()[0])
                        reader.sendall(b"poem")
            self.assertEqual(client.returncode, 0)
            return arrived

    def test_each_download_begins_with_the_next(self):
        for model in MODELS:
            for arguments in (["NAME"] * 6, ["--repeat", "3", "NAME", "NAME"], ["--repeat", "6", "NAME"]):
                with self.subTest(model, arguments=arguments):
                    arrived = self.used(model, "", 6, *arguments)
                    # Of those that connect at the same time, any may be the first.
                    expected = self.addresses * 2
                    self.assertEqual(*(map(sorted, (arrived, expected)) if model not in ALONE
                                       else (arrived, expected)))

    def test_the_others_are_tried_when_it_fails(self):
        for model in MODELS:
            with self.subTest(model):
                self.assertEqual(self.used(model, "127.0.0.3", 3, *["NAME"] * 3), ["127.0.0.3"] * 3)


class Comparison(ClientTest):
    def check_all(self, arguments, code, statuses):
        with clients(["--json", *arguments]) as all_of_them:
            for client in all_of_them:
                with self.subTest(client.model):
                    self.check_ended(client, code, statuses.count("failed"))
                    tasks = client.result["tasks"]
                    self.assertEqual([task["status"] for task in tasks], statuses, client)
                    for task in tasks:
                        if task["status"] == "failed":
                            self.assertRegex(
                                task["error"], r"^the poem (differs from|ends \d+ bytes before) the one "
                                r"expected \(--verify\)$")

    def test_poems_are_compared_byte_for_byte(self):
        right = POEMS[0]
        wrongs = [right[:-1], right + b"x", right[:50] + b"X" + right[51:], b"x" + right, b""]
        with Server("--delay", "1ms", "--num-bytes", "50", poems=POEMS) as server:
            one, two, three = names(server)
            once = self.file(right)
            self.check_all(["--verify", once, one, one], 0, ["complete"] * 2)
            self.check_all(["--verify", once, one, two], 1, ["complete", "failed"])
            each = [argument for poem in POEMS for argument in ("--verify", self.file(poem))]
            self.check_all([*each, one, two, three], 0, ["complete"] * 3)
            self.check_all(["--repeat", "2", *each, one, two, three], 0, ["complete"] * 6)
            self.check_all([*each, two, one, three], 1, ["failed", "failed", "complete"])
            for wrong in wrongs:
                self.check_all(["--verify", self.file(wrong), one], 1, ["failed"])

    def test_only_a_comparison_notices_a_poem_that_ends_early_and_in_order(self):
        with Server("--delay", "1ms", "--fault", "truncate@20", poems=POEMS[:1]) as server:
            self.check_all(names(server), 0, ["complete"])
            self.check_all(["--verify", self.file(POEMS[0]), *names(server)], 1, ["failed"])

    def test_a_file_may_have_a_comma_in_its_name(self):
        path = f"{self.folder()}/a,b.txt"
        os.link(self.file(POEMS[0]), path)
        with Server("--delay", "0", poems=POEMS[:1]) as server:
            self.check_all(["--verify", path, *names(server)], 0, ["complete"])


class Json(ClientTest):
    def check_result(self, result, model):
        """What holds for every result, however the run went."""
        self.assertEqual(list(result), RUN_KEYS)
        self.assertEqual((result["schema"], result["model"]), ("slowpoetry.run/1", model))
        for key in ("threads", "ok", "failed", "cancelled", "bytes", "max_rss_bytes",
                    "switches_voluntary", "switches_involuntary"):
            self.assertIs(type(result[key]), int, key)
            self.assertGreaterEqual(result[key], 0, key)
        for key in ("wall_s", "sum_task_s", "longest_task_s", "overlap", "cpu_user_s",
                    "cpu_system_s", "work_s"):
            self.assertIs(type(result[key]), float, key)
            self.assertGreaterEqual(result[key], 0, key)
        tasks = result["tasks"]
        self.assertEqual([task["task"] for task in tasks], list(range(1, len(tasks) + 1)))
        counts = {status: sum(task["status"] == status for task in tasks)
                  for status in ("complete", "failed", "cancelled")}
        self.assertEqual([result["ok"], result["failed"], result["cancelled"]],
                         list(counts.values()))
        self.assertEqual(sum(counts.values()), len(tasks))
        self.assertEqual(result["bytes"], sum(task["bytes"] for task in tasks))
        times = [task["end_s"] - task["start_s"] for task in tasks if task["start_s"] is not None]
        self.assertAlmostEqual(result["sum_task_s"], sum(times), 5)
        self.assertAlmostEqual(result["longest_task_s"], max(times), 5)
        self.assertAlmostEqual(result["wall_s"],
                               max(task["end_s"] for task in tasks if task["end_s"]), 5)
        self.assertAlmostEqual(result["overlap"] * result["wall_s"], result["sum_task_s"], 5)
        self.assertLess(2 ** 20, result["max_rss_bytes"])
        for task in tasks:
            self.assertEqual(list(task), TASK_KEYS)
            for key in ("task", "bytes", "reads"):
                self.assertIs(type(task[key]), int)
            self.assertRegex(task["crc32"], "^[0-9a-f]{8}$")
            in_order = [task[key] for key in ("start_s", "connect_s", "first_byte_s", "end_s")]
            reached = [time for time in in_order if time is not None]
            self.assertEqual(reached, sorted(reached))
            self.assertTrue(all(time >= 0 for time in reached))
            self.assertEqual(task["first_byte_s"] is not None, task["bytes"] > 0)
            self.assertLessEqual(task["reads"] > 0, task["bytes"] > 0)
            self.assertEqual(task["error"] is None, task["status"] == "complete")

    def test_a_good_run(self):
        with Server("--delay", "5ms", poems=POEMS) as server:
            with clients(["--json", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        result = client.result
                        self.check_result(result, client.model)
                        self.assertEqual(result["ok"], 3)
                        self.assertIsNone(result["tick"])
                        self.assertEqual(result["work_s"], 0)
                        self.assertEqual([task["server"] for task in result["tasks"]],
                                         names(server))
                        for task, poem in zip(result["tasks"], POEMS):
                            self.assertEqual(task["bytes"], len(poem))
                            self.assertEqual(task["crc32"], crc32(poem))
                            # A download takes as long as the poem, and no less.
                            chunks = -(-len(poem) // 10)
                            self.assertGreater(task["end_s"] - task["start_s"], chunks * 0.005)

    def test_a_bad_run(self):
        with (Server("--delay", "5ms", poems=POEMS) as server,
              Server("--fault", "reset@20", "--delay", "1ms") as cut):
            servers = [*names(server), *names(cut), "no-such-host.invalid:1"]
            with clients(["--json", *servers]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client, code=1, complaints=2)
                        result = client.result
                        self.check_result(result, client.model)
                        self.assertEqual((result["ok"], result["failed"]), (3, 2))
                        broken, unknown = result["tasks"][3:]
                        # A reset may overtake what is on its way.
                        self.assertIn(broken["bytes"], (0, 10, 20))
                        self.assertEqual(unknown["crc32"], "00000000")
                        self.assertIsNone(unknown["connect_s"])
                        self.assertIsNone(unknown["first_byte_s"])

    def test_a_run_that_was_ended_by_max_time(self):
        with (Server("--delay", "1ms", poems=POEMS[:1]) as quick,
              Server("--delay", "3600", poems=POEMS) as slow):
            in_time(lambda seconds: self.check_time_is_up(quick, slow, seconds))

    def check_time_is_up(self, quick, slow, seconds):
        arguments = ["--json", "--max-time", f"{seconds}s", *names(quick), *names(slow)]
        with clients(arguments) as all_of_them:
            for client in all_of_them:
                result = client.result
                came = result["tasks"][3]["connect_s"] is not None
                # In broken a slow poem may be the first, and then nobody reads the quick one.
                if (not result["ok"] and client.model != "broken"
                        or not came and client.model not in ALONE):
                    raise NotInTime(client)
                self.check_ended(client, code=1, complaints=result["cancelled"])
                self.check_result(result, client.model)
                self.assertEqual(result["ok"] + result["cancelled"], 4)
                self.assertGreaterEqual(result["wall_s"], seconds)
                for task in result["tasks"][1:]:
                    self.assertEqual(task["error"], f"stopped after {seconds}s (--max-time)")
                # Blocking never came to the last two.
                self.assertEqual(came, client.model not in ALONE, client)

    def test_the_mixed_model_works_with_fewer_threads_where_the_system_has_no_more(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        with Server("--delay", "5ms", poems=POEMS) as server:
            with Client("mixed", "--threads", "9", "--json", *names(server),
                        preexec_fn=few) as client:
                self.assertEqual(client.code, 0, client)
                self.assertEqual(client.result["ok"], 3)

    def test_the_threads_are_those_that_ran_downloads(self):
        with Server("--delay", "5ms", poems=POEMS) as server:
            with clients(["--json", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        threads = client.result["threads"]
                        if client.model in ("threads", "processes"):
                            self.assertEqual(threads, 3)
                        elif client.model == "mixed":
                            self.assertIn(threads, range(1, os.cpu_count() + 1))
                        else:
                            self.assertEqual(threads, 1)

    def test_chained_no_download_starts_before_the_one_before_has_ended(self):
        with Server("--delay", "5ms", poems=POEMS) as server:
            with clients(["--json", "--chain", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
                        result = client.result
                        self.check_result(result, client.model)
                        for before, after in zip(result["tasks"], result["tasks"][1:]):
                            self.assertGreaterEqual(after["start_s"], before["end_s"])

    def test_chained_a_failure_does_not_end_the_chain(self):
        with (Server("--delay", "1ms", poems=POEMS[:1]) as good,
              Server("--delay", "1ms", "--fault", "reset@0") as bad):
            with clients(["--json", "--chain", *names(bad), *names(good)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client, code=1, complaints=1)
                        self.assertEqual(client.result["tasks"][1]["crc32"], crc32(POEMS[0]))

    def test_a_thousand_servers_at_once(self):
        poem = POEMS[0][:40]
        with Server("-q", "--delay", "200ms", listeners=1000, poems=[poem]) as server:
            for model in ("async", "coroutines", "mixed", "eager"):
                with Client(model, "--json", *names(server)) as client, self.subTest(model):
                    result = client.result
                    self.assertEqual(client.code, 0, client.stderr)
                    self.check_result(result, model)
                    self.assertEqual({task["crc32"] for task in result["tasks"]}, {crc32(poem)})
