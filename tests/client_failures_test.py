"""A download that fails, and does not affect the others: bad servers, full disks, too few
descriptors. Runs the real program of every model over loopback."""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

from client_test import ClientTest, crc32, has_ipv6, names, POEMS
from programs import BIN, in_time, NotInTime, SANITIZED, wait_until
from running_client import (
    ALONE,
    Client,
    clients,
    is_alive,
    MODELS,
    read,
    state_of,
)
from running_server import POEM, Server


@contextlib.contextmanager
def refusing_port():
    """A port that is bound on all addresses, and does not listen."""
    with socket.socket(socket.AF_INET6 if has_ipv6() else socket.AF_INET) as holder:
        if has_ipv6():
            holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        holder.bind(("", 0))
        yield holder.getsockname()[1]


class Unresponsive:
    """A port that listens and never accepts: its backlog is full."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.address = self.listener.getsockname()
        self.inside = []
        while self.is_open():
            pass

    def is_open(self):
        reader = socket.socket()
        self.inside.append(reader)
        reader.settimeout(0.5)
        try:
            reader.connect(self.address)
            return True
        except TimeoutError:
            return False

    @property
    def name(self):
        return "%s:%d" % self.address

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for reader in self.inside:
            reader.close()
        self.listener.close()


class OneBadServer(ClientTest):
    """One of three servers is bad; the other two poems arrive byte for byte, the exit code is 1."""

    def check_failure(self, good, bad, error, *options, received=(0,)):
        first, last = names(good)
        with clients(["--json", *options, first, bad, last]) as all_of_them:
            for client in all_of_them:
                if client.result["ok"] < 2:
                    raise NotInTime(client)
            for client in all_of_them:
                with self.subTest(client.model):
                    self.check_one_failed(client, bad, error, received)

    def check_one_failed(self, client, bad, error, received):
        self.check_ended(client, code=1, complaints=1)
        result = client.result
        self.assertEqual((result["ok"], result["failed"], result["cancelled"]), (2, 1, 0))
        for i in (0, 2):
            self.assertEqual(result["tasks"][i]["crc32"], crc32(POEMS[i // 2]), client)
        failed = result["tasks"][1]
        self.assertRegex(failed["error"], error)
        self.assertIn(failed["bytes"], received)
        self.assertEqual(client.complaints, [
            f"Task 2: failed after {failed['bytes']} bytes from {bad}: {failed['error']}"])

    def test_one_that_refuses(self):
        with (Server("--delay", "1ms", poems=POEMS[:2]) as good,
              Server("--fault", "refuse") as bad, refusing_port() as port):
            self.check_failure(good, names(bad)[0], "^Connection refused$")
            self.check_failure(good, f"localhost:{port}", "^Connection refused$")

    def test_one_that_does_not_exist(self):
        with Server("--delay", "1ms", poems=POEMS[:2]) as good:
            self.check_failure(good, "no-such-host.invalid:80", "^Host not found")

    def test_one_that_resets_as_soon_as_it_has_sent(self):
        # Asio reads the error when it connects, and what came before it can be lost there.
        on_asio = ("coroutines", "mixed", "broken")
        poem = POEMS[0][:300]
        with Server("--delay", "0", "--fault", "reset@100", poems=[poem]) as server:
            with clients(["--json", "--repeat", "50", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        for task in client.result["tasks"]:
                            self.assertIn("cut off", task["error"])
                            if client.model not in on_asio:
                                self.assertEqual(task["bytes"], 100)
                                self.assertEqual(task["crc32"], crc32(poem[:100]))
                                self.assertIsNotNone(task["connect_s"])

    def test_one_that_resets(self):
        with (Server("--delay", "1ms", poems=POEMS[:2]) as good,
              Server("--delay", "100ms", "--fault", "reset@20") as bad):
            self.check_failure(good, names(bad)[0], "^Connection reset by peer",
                               received=(0, 10, 20))

    def test_one_that_stops_sending(self):
        with (Server("--delay", "1ms", poems=POEMS[:2]) as good,
              Server("--num-bytes", "25", "--delay", "3600") as bad):
            in_time(lambda seconds: self.check_failure(
                good, names(bad)[0], rf"^no byte for {seconds}s \(--idle-timeout\)$",
                "--idle-timeout", seconds, received=(25,)))

    @unittest.skipIf(SANITIZED, "the sanitizers may sleep in the end")
    def test_when_the_last_connection_is_closed_there_is_nothing_left_to_wait_for(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            arguments = ["--idle-timeout", "2s", listener.getsockname()[1]]
            for model in ("async", "coroutines"):
                with self.subTest(model), Client(model, *arguments) as client:
                    server, _ = listener.accept()
                    with server:
                        self.assertEqual(server.recv(1), b"")
                    wait_until(lambda: state_of(client.pid) in "SZ")
                    self.assertEqual(state_of(client.pid), "Z")

    def test_one_that_accepts_nobody(self):
        with Server("--delay", "1ms", poems=POEMS[:2]) as good, Unresponsive() as bad:
            in_time(lambda seconds: self.check_failure(
                good, bad.name, rf"^no connection within {seconds}s \(--connect-timeout\)$",
                "--connect-timeout", seconds))

    def test_one_whose_poem_is_too_long(self):
        with (Server("--delay", "1ms", poems=POEMS[:2]) as good,
              Server("--delay", "0", poems=[bytes(10_000_000)]) as bad):
            self.check_failure(good, names(bad)[0],
                               r"^the poem is longer than 300 bytes \(--max-bytes\)$",
                               "--max-bytes", "300", received=(300,))

    def test_a_poem_just_as_long_as_allowed_is_not_too_long(self):
        with Server("--delay", "1ms", poems=POEMS[:1]) as server:
            with clients(["--max-bytes", len(POEMS[0]), *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)

    def test_a_server_killed_in_the_middle_of_a_poem_leaves_it_cut_off(self):
        with (Server("--delay", "1ms", poems=POEMS[:2]) as good,
              Server("--num-bytes", "20", "--delay", "3600") as bad):
            first, last = names(good)
            folder = self.folder()
            arguments = lambda model: ["-v", "-o", f"{folder}/{model}", first, *names(bad), last]
            with clients(arguments) as all_of_them:
                for client in all_of_them:
                    client.wait_to_say("Task 2: 20 bytes of poetry")
                bad.process.kill()
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client, code=1)
                        self.assertIn(f"Task 2: failed after 20 bytes from {names(bad)[0]}: "
                                      "Connection reset by peer: the poem was cut off\n",
                                      client.stdout)
                        self.assertIn("\nGot 2 of 3 poems, ", client.stdout)
                        files = sorted(os.listdir(f"{folder}/{client.model}"))
                        self.assertEqual([file.split("-")[0] for file in files], ["1", "2", "3"])
                        self.assertEqual([file.endswith(".part") for file in files],
                                         [False, True, False])
                        contents = [read(f"{folder}/{client.model}/{file}") for file in files]
                        self.assertEqual(contents, [POEMS[0], POEM[:20], POEMS[1]])

    def test_a_download_that_waits_for_our_own_work_is_not_idle(self):
        def check(timeout):
            # Each chunk costs more than the timeout, and meanwhile the next one has come.
            arguments = ["--work", 1.5 * timeout, "--idle-timeout", timeout, *names(server)]
            with clients(arguments, [m for m in MODELS if m != "broken"]) as all_of_them:
                for client in all_of_them:
                    if client.code != 0:
                        raise NotInTime(client)

        with Server("--num-bytes", "10", "--delay", "20ms", poems=[POEMS[0][:20]] * 2) as server:
            in_time(check, (0.08, 0.8, 8))


class FullDisks(ClientTest):
    def check_second_fails(self, server, prepare, error, **options):
        """A client of each model writes into a folder of its own that `prepare` has prepared."""
        folder = self.folder()
        paths = [f"{i}-{host}-{port}.txt" for i, (host, port) in enumerate(server.addresses, 1)]
        for model in MODELS:
            os.mkdir(f"{folder}/{model}")
            prepare(f"{folder}/{model}/{paths[1]}")
        arguments = lambda model: ["--json", "-o", f"{folder}/{model}", *names(server)]
        with clients(arguments, **options) as all_of_them:
            for client in all_of_them:
                with self.subTest(client.model):
                    self.check_ended(client, code=1, complaints=1)
                    result = client.result
                    self.assertEqual([task["status"] for task in result["tasks"]],
                                     ["complete", "failed", "complete"])
                    self.assertEqual(result["tasks"][1]["error"],
                                     f"cannot write to {folder}/{client.model}: {error}")
                    for i in (0, 2):
                        self.assertEqual(read(f"{folder}/{client.model}/{paths[i]}"), POEMS[i])

    def test_a_full_disk_fails_only_the_download_that_writes_to_it(self):
        with Server("--delay", "2ms", poems=POEMS) as server:
            self.check_second_fails(server, lambda path: os.symlink("/dev/full", path + ".part"),
                                    "No space left on device")

    def test_a_file_that_may_not_grow_fails_its_download_and_no_other(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        poems = [POEMS[0], bytes(100_000), POEMS[2]]
        with Server("--num-bytes", "5000", "--delay", "2ms", poems=poems) as server:
            self.check_second_fails(server, lambda path: None, "File too large", preexec_fn=limit)

    def test_a_path_that_is_taken_fails_its_download_and_no_other(self):
        with Server("--delay", "2ms", poems=POEMS) as server:
            self.check_second_fails(server, os.mkdir, "Is a directory")
            self.check_second_fails(server, lambda path: os.mkdir(path + ".part"),
                                    "Is a directory")

    def test_a_folder_in_which_no_file_can_be_made_fails_every_download(self):
        # Root may write to it, the kernel says, and then it may not.
        with Server("--delay", "2ms", poems=POEMS) as server:
            with clients(["-o", "/proc", *names(server)]) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.assertEqual(client.code, 1, client)
                        self.assertIn("cannot write", client.stdout + client.stderr)
                        self.assertEqual(len(client.complaints), os.getuid() != 0)


class Output(ClientTest):
    def test_a_closed_pipe_ends_every_model_quietly_with_1(self):
        with Server("--num-bytes", "1", "--delay", "20ms", poems=POEMS) as server:
            with clients(["-v", *names(server)], stdout=subprocess.PIPE) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.assertRegex(client.process.stdout.readline(), rb"^Task \d: ")
                        client.process.stdout.close()
                        self.check_ended(client, code=1)

    def test_a_closed_pipe_is_noticed_at_the_end_too(self):
        with Server("--delay", "1ms", poems=POEMS) as server:
            reader, writer = os.pipe()
            os.close(reader)
            self.addCleanup(os.close, writer)
            for options in (["--json"], ["-q"], ["-q", "--print"]):
                with clients([*options, *names(server)], stdout=writer) as all_of_them:
                    for client in all_of_them:
                        with self.subTest(client.model, options=options):
                            self.check_ended(client, code=1)

    def test_a_full_disk_behind_stdout_is_told_in_one_line(self):
        with Server("--delay", "1ms", poems=POEMS) as server, open("/dev/full", "w") as full:
            for options in (["--json"], [], ["-v"], ["-q"]):
                with clients([*options, *names(server)], stdout=full) as all_of_them:
                    for client in all_of_them:
                        with self.subTest(client.model, options=options):
                            self.assertEqual(client.code, 1, client)
                            self.assertEqual(client.complaints, [
                                f"get-poetry-{client.model}: cannot write to stdout: "
                                "No space left on device"])

    @unittest.skipIf(SANITIZED, "the sanitizers need descriptors of their own")
    def test_poems_stay_clean_when_stdin_stdout_and_stderr_are_closed(self):
        with Server("--delay", "5ms", poems=POEMS) as server:
            for redirection in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
                folder = self.folder()
                for model in MODELS:
                    with self.subTest(model, redirection=redirection):
                        program = os.path.join(BIN, "get-poetry-" + model)
                        code = subprocess.run(
                            ["sh", "-c", f'exec "$@" {redirection}', "sh", program, "-v", "-o",
                             f"{folder}/{model}", *names(server)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
                        self.assertEqual(code, 1 if ">&-" in redirection.split()[-2:] else 0)
                        # Whoever ended early may have begun only some of the poems.
                        for file in os.listdir(f"{folder}/{model}"):
                            poem = POEMS[int(file.split("-")[0]) - 1]
                            self.assertTrue(poem.startswith(read(f"{folder}/{model}/{file}")))


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (14, 14))


class TooFewDescriptors(ClientTest):
    @unittest.skipIf(SANITIZED, "the sanitizers need descriptors of their own")
    def test_the_downloads_without_one_fail_by_name_and_the_limit_is_named(self):
        enough = (*ALONE, "processes")
        in_time(lambda delay: self.check_too_few(delay, [m for m in MODELS if m not in enough]),
                (0.2, 2, 20))

    @unittest.skipIf(SANITIZED, "the sanitizers need descriptors of their own")
    def test_one_after_another_or_in_processes_all_downloads_find_one(self):
        with Server("--delay", "5ms", listeners=24, poems=POEMS[:1]) as server:
            with clients(names(server), (*ALONE, "processes"),
                         preexec_fn=few_descriptors) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)

    def check_too_few(self, delay, models):
        """Each poem takes as long as `delay`, in which all others must have been asked for."""
        poem = POEMS[0][:10]
        with Server("--delay", str(delay), listeners=24, poems=[poem]) as server:
            with clients(["--json", *names(server)], models,
                         preexec_fn=few_descriptors) as all_of_them:
                for client in all_of_them:
                    result = client.result
                    if not result["failed"]:
                        raise NotInTime(client)
                    self.check_ended(client, code=1, complaints=result["failed"])
                    self.assertGreaterEqual(result["ok"], 4)
                    for task in result["tasks"]:
                        if task["status"] == "complete":
                            self.assertEqual(task["crc32"], crc32(poem))
                        else:
                            self.assertRegex(task["error"], r"^Too many open files \(this process "
                                             r"may hold 14: see ulimit -n\)$|^no socket could be "
                                             r"opened for it \(see ulimit -n\)$")

    @unittest.skipIf(SANITIZED, "the sanitizers need descriptors of their own")
    def test_a_limit_that_may_be_raised_is_raised(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        overlapping = [model for model in MODELS if model not in ALONE]
        raisable = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (14, hard))
        with Server("--delay", "20ms", listeners=24, poems=POEMS[:1]) as server:
            with clients(names(server), overlapping, preexec_fn=raisable) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)

    @unittest.skipIf(SANITIZED, "the sanitizers need descriptors of their own")
    def test_with_any_number_of_descriptors_the_run_ends_in_order(self):
        with Server("--delay", "1ms", poems=POEMS) as server:
            for count in range(4, 13):
                limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
                with clients(names(server), preexec_fn=limit) as all_of_them:
                    for client in all_of_them:
                        with self.subTest(client.model, count=count):
                            self.assertIn(client.code, (0, 1, 127), client)
                            if client.code == 1:
                                self.assertIn("Too many open files",
                                              client.stdout + client.stderr)


def limits(**soft):
    """What sets those limits, soft and hard, in a child."""
    def apply():
        for name, value in soft.items():
            number = getattr(resource, "RLIMIT_" + name)
            resource.setrlimit(number, (value, value))
    return apply


class Limits(ClientTest):
    def test_a_poem_is_printed_whole_though_no_file_may_grow(self):
        poem = b"0123456789" * 30_000
        with Server("--num-bytes", "100000", "--delay", "1ms", poems=[poem] * 2) as server:
            arguments = ["--print", *names(server)]
            with clients(arguments, stdout=subprocess.PIPE,
                         preexec_fn=limits(FSIZE=1024)) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        out, _ = client.process.communicate()
                        self.assertEqual(client.code, 0, client)
                        self.assertEqual(out.count(poem), 2)

    def test_a_trace_that_cannot_be_written_costs_no_result_and_leaves_no_half(self):
        folder = self.folder()
        with Server("--num-bytes", "1000", "--delay", "1ms", poems=[bytes(10_000)]) as server:
            arguments = lambda model: ["--trace", f"{folder}/{model}", *names(server)]
            with clients(arguments, stdout=subprocess.PIPE,
                         preexec_fn=limits(FSIZE=9000)) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        out, _ = client.process.communicate()
                        self.assertEqual(client.code, 1, client)
                        self.assertIn(b"Got 1 of 1 poems", out)
                        self.assertEqual(client.complaints, [
                            f"get-poetry-{client.model}: cannot write {folder}/{client.model}: "
                            "File too large"])
            self.assertEqual(os.listdir(folder), [])

    @unittest.skipIf(SANITIZED, "the sanitizers need memory of their own")
    def test_without_memory_for_threads_each_download_is_a_row_with_its_reason(self):
        with Server("--num-bytes", "1000", "--delay", "500ms", listeners=40, poems=[POEM]) as server:
            arguments = ["--json", *names(server)]
            for size in range(80, 300, 10):
                limit = limits(AS=size << 20)
                with Client("threads", *arguments, preexec_fn=limit) as client:
                    self.assertIn(client.code, (0, 1), client)
                    result = client.result
                    self.assertEqual(result["ok"] + result["failed"], 40)
                    self.assertEqual(len(client.complaints), result["failed"], client)
                    for task in result["tasks"]:
                        if task["status"] == "failed":
                            self.assertRegex(task["error"], "see ulimit -u|see ulimit -v")
                        else:
                            self.assertEqual(task["crc32"], crc32(POEM))


class Ports(ClientTest):
    """In a network of its own, whose system has few local ports to choose from."""

    NETWORK = ("ip link set lo up && "
               "echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range && ")

    def setUp(self):
        if subprocess.run(["unshare", "-rn", "sh", "-c", self.NETWORK + "true"],
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("needs network namespaces")

    def check_fails(self, prefix, port, error):
        for model in MODELS:
            with self.subTest(model):
                done = subprocess.run(
                    ["unshare", "-rn", "sh", "-c", self.NETWORK + 'exec "$@"', "sh", *prefix,
                     os.path.join(BIN, "get-poetry-" + model), port],
                    capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(f"Task 1: failed after 0 bytes from 127.0.0.1:{port}: {error}\n",
                              done.stdout)

    def test_a_port_that_connects_to_itself_counts_as_refused(self):
        self.check_fails([], "40000", "Connection refused")

    def test_without_a_local_port_the_limit_is_named(self):
        listen = ("import socket, subprocess, sys\n"
                  "listeners = [socket.create_server(('127.0.0.1', port)) for port in (40000, 40001)]\n"
                  "sys.exit(subprocess.run(sys.argv[1:]).returncode)\n")
        self.check_fails([sys.executable, "-c", listen], "40001",
                         "Cannot assign requested address (all local ports are in use: see sysctl "
                         "net.ipv4.ip_local_port_range)")


class Inherited(ClientTest):
    """State that survives exec."""

    def test_an_ignored_sigchld_and_a_blocked_sigterm_change_nothing(self):
        def prepare():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

        with (Server("--delay", "1ms", poems=POEMS) as server,
              Server("--delay", "3600") as silent):
            with clients(names(server), preexec_fn=prepare) as all_of_them:
                for client in all_of_them:
                    with self.subTest(client.model):
                        self.check_ended(client)
            with clients(names(silent), preexec_fn=prepare) as all_of_them:
                wait_until(lambda: len(silent.events("connected")) == len(MODELS))
                for client in all_of_them:
                    with self.subTest(client.model):
                        client.signal(signal.SIGTERM)
                        self.assertEqual(client.code, 143, client)

    def test_what_the_launcher_cost_before_exec_is_not_the_clients(self):
        def prepare():
            while time.process_time() < 1:  # in the process that becomes the client
                pass

        with Server("--delay", "1ms", poems=POEMS[:1]) as server:
            with Client("async", "--json", *names(server), preexec_fn=prepare) as client:
                self.check_ended(client)
                result = client.result
                self.assertLess(result["cpu_user_s"] + result["cpu_system_s"], 1)

    def test_signals_ignored_by_nohup_and_in_the_background_stay_ignored(self):
        kept = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

        def prepare():
            for number in kept:
                signal.signal(number, signal.SIG_IGN)

        with Server("--delay", "3600") as silent:
            with clients(names(silent), preexec_fn=prepare) as all_of_them:
                wait_until(lambda: len(silent.events("connected")) == len(MODELS))
                for client in all_of_them:
                    with self.subTest(client.model):
                        for number in kept:
                            client.signal(number)
                        client.signal(signal.SIGTERM)
                        self.assertEqual(client.code, 143, client)


@unittest.skipIf(SANITIZED, "the sanitizers know no strace")
@unittest.skipUnless(shutil.which("strace"), "needs strace")
class InjectedErrors(ClientTest):
    def test_an_exception_in_a_child_process_is_its_downloads_failure(self):
        # Without an epoll descriptor there is no Asio context: in the child, for the parent has none.
        with Server("--delay", "1ms", poems=POEMS) as server:
            for options in ([], ["--print"]):
                strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                          "inject=epoll_create1,epoll_create:error=EMFILE"]
                done = subprocess.run([*strace, os.path.join(BIN, "get-poetry-processes"), *options,
                                       *names(server)], capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, done)
                self.assertEqual(done.stdout.count("failed after 0 bytes"), 3, done)
                self.assertEqual(done.stdout.count("Too many open files"), 3, done)
                self.assertEqual(done.stdout.count("Got 0 of 3 poems"), 1, done)

    def test_a_wait_that_is_interrupted_is_repeated(self):
        with Server("--delay", "3600") as silent:
            strace = ["strace", "-qq", "-o", "/dev/null", "-e",
                      "inject=wait4,waitid,ppoll,rt_sigtimedwait:error=EINTR:when=1"]
            done = subprocess.run(
                [*strace, os.path.join(BIN, "get-poetry-processes"), "--max-time", "200ms",
                 *names(silent)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("stopped after 200ms (--max-time)", done.stdout)


    def test_a_wait_that_never_ends_is_not_looked_at_without_a_pause(self):
        # Asio does not see that a change of its epoll set failed, and waits for ever.
        log = self.file(b"")
        looks = []
        with Server("--delay", "3600") as silent:
            for time in range(1, 10):
                strace = ["strace", "-f", "-qq", "-o", log, "-e", "trace=poll,epoll_ctl",
                          "-e", f"inject=epoll_ctl:error=ENOMEM:when={time}"]
                done = subprocess.run(
                    [*strace, os.path.join(BIN, "get-poetry-broken"), "--connect-timeout", "10ms",
                     "--max-time", "300ms", names(silent)[0]], capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, done)
                looks.append(read(log).count(b"poll("))
        self.assertLess(max(looks), 100, looks)


class StopAndGo(ClientTest):
    def test_a_download_continues_after_a_stop_longer_than_its_idle_timeout(self):
        in_time(self.check_stopped_for_longer_than, (0.3, 3, 15))

    def check_stopped_for_longer_than(self, idle_timeout):
        # While it is stopped, bytes wait; threads that go on sweep and read at the same time.
        with Server("--num-bytes", "1", "--delay", "20ms", poems=[b"x" * 150] * 8) as server:
            arguments = ["--json", "--threads", "8", "--repeat", "10", "--idle-timeout",
                         idle_timeout, *names(server)]
            with contextlib.ExitStack() as stack:
                all_of_them = [stack.enter_context(Client("mixed", *arguments)) for _ in range(4)]
                wait_until(lambda: len(server.events("connected")) == 4 * 80)
                for _ in range(4):
                    for client in all_of_them:
                        client.signal(signal.SIGSTOP)
                    time.sleep(2 * idle_timeout)
                    for client in all_of_them:
                        client.signal(signal.SIGCONT)
                    time.sleep(0.1)
                for client in all_of_them:
                    if client.code != 0:
                        raise NotInTime(client)
                    self.assertEqual(client.result["ok"], 80)

    def test_the_run_says_how_long_it_was_stopped(self):
        for number in (signal.SIGTSTP, signal.SIGSTOP):
            in_time(lambda seconds: self.check_tells_of_stop(number, seconds), (1, 10, 60))

    def check_tells_of_stop(self, number, seconds):
        """Of runs that take as long as `seconds`, in which they must be stopped."""
        poem = b"x" * 40
        with Server("--num-bytes", "1", "--delay", str(seconds / len(poem)), poems=[poem]) as server:
            # In groups of their own: in an orphaned one, as ours may be, SIGTSTP stops nobody.
            with clients(["--json", *names(server)], preexec_fn=os.setpgrp) as all_of_them:
                wait_until(lambda: len(server.events("connected")) == len(MODELS))
                for client in all_of_them:
                    client.signal(number)
                for client in all_of_them:
                    wait_until(lambda: state_of(client.pid) in "TZ")
                    if state_of(client.pid) == "Z":
                        raise NotInTime(client)
                time.sleep(0.3)
                for client in all_of_them:
                    client.signal(signal.SIGCONT)
                for client in all_of_them:
                    self.check_ended(client, complaints=1)
                    told = re.fullmatch(
                        rf"get-poetry-{client.model}: stopped for at most ([\d.]+) s; "
                        "the times of this run include that", client.complaints[0])
                    self.assertTrue(told, client)
                    self.assertGreater(float(told[1]), 0.25)


class Processes(ClientTest):
    def test_a_child_that_is_killed_fails_its_own_download_and_no_other(self):
        for kept in ([], ["-o", self.folder()], ["--trace", f"{self.folder()}/trace"]):
            with (Server("--delay", "20ms", poems=POEMS[::2]) as good,
                  Server("--delay", "3600") as endless):
                first, last = names(good)
                arguments = ["--json", *kept, first, *names(endless), last]
                with Client("processes", *arguments) as client:
                    wait_until(lambda: len(client.children()) == 3)
                    wait_until(lambda: endless.events("connected"))
                    os.kill(client.children()[1], signal.SIGKILL)
                    self.check_ended(client, code=1, complaints=1)
                    tasks = client.result["tasks"]
                    self.assertEqual(tasks[1]["status"], "failed")
                    self.assertEqual(tasks[1]["error"], "its process died")
                    self.assertEqual([tasks[0]["crc32"], tasks[2]["crc32"]],
                                     [crc32(POEMS[0]), crc32(POEMS[2])])

    def test_a_child_whose_poem_is_over_is_reaped_while_the_others_run(self):
        with (Server("--delay", "1ms", poems=POEMS[::2]) as good,
              Server("--delay", "3600") as endless):
            with Client("processes", *names(good), *names(endless)) as client:
                client.wait_to_say("Task 1: got")
                client.wait_to_say("Task 2: got")
                wait_until(lambda: len(client.children()) == 1)

    def test_no_child_outlives_its_parent(self):
        for number, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number), Server("--delay", "3600", poems=POEMS) as server:
                with Client("processes", *names(server)) as client:
                    wait_until(lambda: len(server.events("connected")) == 3)
                    children = client.children()
                    self.assertEqual(len(children), 3)
                    client.signal(number)
                    self.assertEqual(client.wait(), code)
                    wait_until(lambda: not any(map(is_alive, children)))

    def test_a_child_that_is_stopped_does_not_outlive_the_run(self):
        for options, number, code, error in (
                (["--max-time", "3s"], None, 1, "stopped after 3s (--max-time)"),
                ([], signal.SIGINT, 130, "interrupted")):
            with self.subTest(error), Server("--delay", "3600", poems=POEMS[:2]) as server:
                with Client("processes", "--json", *options, *names(server)) as client:
                    wait_until(lambda: len(client.children()) == 2)
                    os.kill(client.children()[0], signal.SIGSTOP)
                    if number:
                        client.signal(number)
                    self.check_ended(client, code, complaints=2)
                    self.assertEqual([task["error"] for task in client.result["tasks"]], [error] * 2)
