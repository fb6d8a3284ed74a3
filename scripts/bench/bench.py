"""The figures of slow poetry, each measured against the yardstick (bare epoll) or against what users
would write instead: in turns, A B A B, so that whatever else the machine does hits both. A figure is
the median of its rounds; the ratio is taken round by round."""

import argparse
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import time

import programs
from programs import Client, Failed, Race, Server, wait_until

NOISY = 0.3  # one program against itself: (max - min) / median beyond which nothing is concluded
BUSY = 0.5  # cores busy with something else, beyond which nothing that is timed is judged

FIGURES = []


class Figure:
    """A row of the table. `measure()` runs one round and returns how busy the machine was with
    something else right before, and what was measured, ours first. `must` and `aim` are bounds on the
    ratio of the two, or on ours where there is no yardstick; None where nothing was promised."""

    def __init__(self, name, title, unit, must, aim, measure, *, seconds, best="low", of="ratio",
                 against="yardstick", rounds=None, pick=statistics.median):
        self.name, self.title, self.unit, self.measure = name, title, unit, measure
        self.must, self.aim, self.best, self.of, self.against = must, aim, best, of, against
        self.seconds, self.rounds, self.pick = seconds, rounds, pick
        FIGURES.append(self)

    def meets(self, value, bound):
        if bound is None:
            return False
        return value <= bound if self.best == "low" else value >= bound


def figure(*arguments, **options):
    return lambda measure: Figure(*arguments, alone(measure), **options)


def both(measure):
    """One round: ours, then the yardstick."""
    return measure("ours"), measure("yardstick")


def shared(run):
    """For figures that come from the same runs: each takes its own of what a round measured, and a
    round is run by whichever asks for it first."""
    rounds, asked = [], {}

    def ask(name, take):
        asked[name] = asked.get(name, 0) + 1
        if asked[name] > len(rounds):
            rounds.append((programs.busy_elsewhere(), run()))
        busy, values = rounds[asked[name] - 1]
        return busy, take(values)
    return lambda name, take: lambda: ask(name, take)


def alone(run):
    """For a figure that has runs of its own."""
    return shared(run)("", lambda values: values)


def shared_by_both(measure):
    """The same for rounds of ours and the yardstick, each a table of values."""
    values = shared(lambda: both(measure))
    return lambda name: values(name, lambda rounds: tuple(values[name] for values in rounds))


def client_of(kind):
    return "async" if kind == "ours" else kind


def every_reader_is_there(server, readers):
    wait_until(lambda: server.totals()["readers"] >= readers, f"{readers} readers are connected")


# --- System calls. --------------------------------------------------------------------------------

SOCKET_CALLS = ("send", "sendto", "sendmsg", "recv", "recvfrom", "recvmsg", "epoll_ctl")
WAKE_CALLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "timerfd_settime", "read")


def traced_pair(kind, calls, downloads, chunks, delay):
    """How many of these calls a server and a client make for each chunk, both traced. Tracing makes
    them slow, and chunks that wait arrive as one: what counts is the chunks that the server sent and
    the reads in which something arrived."""
    with Server(kind, chunks * 10, 10, delay, traced=True) as server:
        with Client(client_of(kind), server.ports, downloads, traced=True) as client:
            reads = client.result()["reads"]
            made = {"client": client.count(calls) / reads}
        sent = server.stop()["chunks"]
        made["server"] = server.count(calls) / sent
    return made


socket_calls = shared_by_both(lambda kind: traced_pair(kind, SOCKET_CALLS, 40, 250, 0.015))
# One reader alone: no wake is shared by chunks that happen to be due together.
wake_calls = shared_by_both(lambda kind: traced_pair(kind, WAKE_CALLS, 1, 1000, 0.004))

Figure("server-calls", "server: socket calls per chunk sent", "", 1.10, 1.02, socket_calls("server"),
       seconds=12, of="ours")
Figure("client-calls", "client: socket calls per read", "", 1.15, 1.05, socket_calls("client"),
       seconds=0, of="ours")
Figure("server-wakes", "server: wake calls per chunk sent, one reader", "", 2, 1.2,
       wake_calls("server"), seconds=12)
Figure("client-wakes", "client: wake calls per read, one download", "", 2, 1.2, wake_calls("client"),
       seconds=0)

# --- Memory, on the plateau: all connected and none ended, minus what one alone takes. ------------


def plateau(server_kind, client_kind, readers):
    """Bytes of the resident set that each reader takes, in the server and in the client."""
    memory = []
    ports = -(-readers // 5_000)
    for count in (ports, readers):
        with Server(server_kind, 1000, 10, 0.4, ports) as server:
            with Client(client_kind, server.ports, count) as client:
                wait_until(lambda: min(client.descriptors(), server.descriptors()) >= count,
                           f"{count} downloads are connected")
                time.sleep(1)  # some chunks
                memory.append((server.memory(), client.memory()))
    return [(many - one) / (readers - ports) for one, many in zip(*memory)]


@figure("server-memory", "server: memory per reader, 10,000 readers", "B", 128, 32, seconds=15,
        of="ours")
def server_memory():
    return both(lambda kind: plateau(kind, "yardstick", 10_000)[0])


@figure("client-memory", "client: memory per download, 10,000 downloads", "B", 950, 1.1, seconds=15,
        of="ours")
def client_memory():
    return both(lambda kind: plateau("yardstick", client_of(kind), 10_000)[1])


def memory_of_all(side, kinds):
    index = ("server", "client").index(side)
    sides = lambda kind: (kind, "yardstick") if side == "server" else ("yardstick", client_of(kind))
    return lambda: {kind: plateau(*sides(kind), 2_000)[index] for kind in ("ours", *kinds)}


for side, peers in (("server", ("asyncio", "node")), ("client", ("asyncio", "node", "threads"))):
    memory = shared(memory_of_all(side, peers))
    for peer in peers:
        name = {"asyncio": "asyncio streams", "node": "Node", "threads": "a thread for each"}[peer]
        must, aim = (None, None) if peer == "threads" else (1 / 5, 1 / 20)
        Figure(f"{side}-memory-{peer}", f"{side}: memory per connection, 2,000 of them, against {name}",
               "B", must, aim, memory(peer, lambda all, peer=peer: (all["ours"], all[peer])),
               seconds=20 if peer == "asyncio" else 0, against=peer)

# --- Time. ---------------------------------------------------------------------------------------

def lateness(kind):
    """10,000 readers, 5 chunks a second each, spread evenly: by the server's own account, which is
    kept by the same class in both."""
    with Server(kind, 250, 10, 0.2, ports=2) as server:
        with Client("yardstick", server.ports, 10_000, ramp=1) as client:
            client.result()
        totals = server.stop()["lateness"]
    return {"p50": totals["p50_s"] * 1e6, "p99": totals["p99_s"] * 1e6}


late = shared_by_both(lateness)

Figure("lateness-p50", "server: lateness p50, 10,000 readers x 5 chunks/s", "us", 2, 1,
       late("p50"), seconds=15)
Figure("lateness-p99", "server: lateness p99, 10,000 readers x 5 chunks/s", "us", 3, 1,
       late("p99"), seconds=0)


def least_drift(rounds):
    """Noise only ever adds, so the smallest is the true one; a server that is early drifts, too."""
    return abs(min(rounds))


def drift(kind, delay):
    """How much later than promised the end of file comes, in microseconds for each of 600 chunks."""
    with Server(kind, 6000, 10, delay) as server:
        with socket.create_connection(("127.0.0.1", server.ports[0])) as reader:
            began = time.monotonic()
            while reader.recv(65536):
                pass
        return (time.monotonic() - began - 600 * delay) / 600 * 1e6


Figure("drift-1ms", "server: drift per chunk over 600 chunks, 1 ms", "us", 5, 1,
       alone(lambda: both(lambda kind: drift(kind, 0.001))), seconds=2, of="ours", pick=least_drift)
Figure("drift-10ms", "server: drift per chunk over 600 chunks, 10 ms", "us", 5, 1,
       alone(lambda: both(lambda kind: drift(kind, 0.01))), seconds=13, of="ours", pick=least_drift)


@figure("saturated", "server: chunks per second of CPU, saturated", "/s", 0.9, 1.5, seconds=8, best="high")
def saturated():
    """A thousand readers want a thousand chunks a second each: more than a core can send."""
    def measure(kind):
        with Server(kind, 10_000_000, 10, 0.001) as server:
            with Client("yardstick", server.ports, 1000):
                every_reader_is_there(server, 1000)
                time.sleep(0.5)
                chunks, cpu = server.totals()["chunks"], server.cpu_seconds()
                time.sleep(2)
                return (server.totals()["chunks"] - chunks) / (server.cpu_seconds() - cpu)
    return both(measure)


@figure("client-wall", "client: wall / longest prediction, 10,000 downloads, 50,000 chunks/s", "",
        0.01, 0.002, seconds=15, of="difference")
def client_wall():
    def measure(kind):
        with Server("yardstick", 250, 10, 0.2, ports=2) as server:
            with Client(client_of(kind), server.ports, 10_000) as client:
                return client.result()["wall_s"] / (25 * 0.2)
    return both(measure)


@figure("connects", "connects per second", "/s", 0.6, 1, seconds=8, best="high")
def connects():
    def measure(kind):
        with Server(kind, 10, 10, 2, ports=2) as server:
            with Client(client_of(kind), server.ports, 5_000) as client:
                return 5_000 / client.result()["all_connected_s"]
    return both(measure)


def short_poems(server_kind, client_kind, clock="wall_s"):
    poems = 5_000
    with Server(server_kind, 600, 10, 0) as server:
        with Client(client_kind, server.ports, poems, told=clock == "wall_s") as client:
            return poems / client.result()[clock]


@figure("short-poems", "short poems per second (600 B, no delay)", "/s", 0.8, 1.3, seconds=3, best="high")
def short_poems_against_yardstick():
    return both(lambda kind: short_poems(kind, client_of(kind)))


@figure("short-poems-curl", "short poems per second, against curl --parallel", "/s", 2.5, 2.5, seconds=5,
        best="high", against="curl")
def short_poems_against_curl():
    """By the clock of the whole process, start and end of it included, for curl tells no other."""
    return short_poems("ours", "async", "process_s"), short_poems("ours", "curl", "process_s")


@figure("short-poems-threads", "short poems per second, against a thread for each", "/s", None, None,
        seconds=5, best="high", against="threads")
def short_poems_against_threads():
    return short_poems("ours", "async"), short_poems("ours", "threads")


@figure("bulk", "bulk poem, 64 MiB, not kept", "MiB/s", 0.8, 1, seconds=2, best="high")
def bulk():
    def measure(kind):
        with Server(kind, 64 << 20, 10, 0) as server:
            with Client(client_of(kind), server.ports, 1) as client:
                return 64 / client.result()["wall_s"]
    return both(measure)


@figure("at-once", "downloads at once in one process, all byte-exact", "", 19_000, None, seconds=10,
        best="high", of="ours", against=None)
def at_once():
    """Counts the downloads under way at the same moment, if every one of them was right."""
    downloads, poem, delay = 19_000, 3000, 0.5
    with Server("ours", poem, 200, delay, ports=4) as server:
        with Client("async", server.ports, downloads) as client:
            result = client.result()
    checksums = {task["crc32"] for task in result["tasks"]}
    if result["bytes"] != downloads * poem or len(checksums) != 1:
        raise Failed("the poems that arrived are not the one that was sent")
    first_end = min(task["end_s"] for task in result["tasks"])
    return sum(task["connect_s"] < first_end for task in result["tasks"]), None


@figure("many", "downloads over several processes, all byte-exact", "", 100_000, 1_000_000, seconds=70,
        best="high", of="ours", against=None, rounds=1)
def many():
    """A race with one runner, which holds every checksum against the file; its wall clock is not
    judged here. A chunk every 5 s leaves the time to connect them all before the first one ends."""
    downloads = 100_000
    with Race("--scenario", "many", "--tasks", downloads, "--models", "async", "--runs", 1) as race:
        [result] = race.result()["scenarios"][0]["results"]
    [run] = result["runs"]
    if run["wrong"]:
        raise Failed(run["wrong"])
    return result["tasks"], None


# --- Running and telling. ------------------------------------------------------------------------


def compare(row, ours, theirs):
    if row.of == "ours" or theirs is None:
        return ours
    return ours - theirs if row.of == "difference" else ours / theirs


def is_timed(row):
    return row.of == "difference" or row.unit in ("us", "/s", "MiB/s")


def spread(values):
    return (max(values) - min(values)) / abs(statistics.median(values)) if values else 0


def judge(row, rounds, busy):
    ours = [ours for ours, _ in rounds]
    theirs = [theirs for _, theirs in rounds if theirs is not None]
    compared = [compare(row, *one) for one in rounds]
    value = row.pick(compared)
    # Noise matters only where rounds disagree on which side of a bound they are. A difference is to
    # be small, so a program must not differ from itself by more than that.
    too_much = row.must if row.of == "difference" else NOISY
    noisy = (is_timed(row) and row.pick is not least_drift
             and max(spread(ours), spread(theirs)) > too_much)
    in_doubt = lambda bound: noisy and len({row.meets(one, bound) for one in compared}) > 1
    verdict = ("withheld: machine busy" if busy > BUSY and is_timed(row)
               else "withheld: too noisy" if in_doubt(row.must)
               else "-" if row.must is None
               else "aim met" if aim_met(row, value, rounds) and not in_doubt(row.aim)
               else "must met" if row.meets(value, row.must) else "MISSED")
    return {"name": row.name, "title": row.title, "unit": row.unit, "against": row.against,
            "ours": row.pick(ours), "theirs": row.pick(theirs) if theirs else None,
            "compared": value, "min": min(compared), "max": max(compared), "how": row.of,
            "must": row.must, "aim": row.aim, "best": row.best, "ours_spread": spread(ours),
            "yardstick_spread": spread(theirs), "busy_elsewhere": busy, "rounds": rounds,
            "verdict": verdict}


def aim_met(row, value, rounds):
    # The client's memory must stay under a size, and is to come near the yardstick's.
    if row.name == "client-memory":
        return statistics.median(ours / theirs for ours, theirs in rounds) <= row.aim
    return row.meets(value, row.aim)


def show(number):
    if number is None:
        return "-"
    size = abs(number)
    return (f"{number:,.0f}" if size >= 1000 else f"{number:.0f}" if size >= 100
            else f"{number:.3g}" if size >= 0.01 or size == 0 else f"{number:.4f}")


def bound(row, number):
    if number is None:
        return "-"
    sign = "<=" if row["best"] == "low" else ">="
    unit = {"ratio": "x", "difference": "", "ours": f" {row['unit']}".rstrip()}[row["how"]]
    plus = "+" if row["how"] == "difference" else ""
    return f"{sign} {plus}{show(number)}{unit}"


def table(rows):
    lines = ["| figure | ours | yardstick | ratio [min, max] | rounds | must | aim | verdict |",
             "|---|--:|--:|--:|--:|--:|--:|---|"]
    for row in rows:
        unit = f" {row['unit']}".rstrip()
        theirs = f"{show(row['theirs'])}{unit}" if row["theirs"] is not None else "-"
        if row["against"] not in ("yardstick", None):
            theirs += f" ({row['against']})"
        spread = f"[{show(row['min'])}, {show(row['max'])}]"
        aim = "<= 1.1x" if row["name"] == "client-memory" else bound(row, row["aim"])
        lines.append(f"| {row['title']} | {show(row['ours'])}{unit} | {theirs} | "
                     f"{show(row['compared'])} {spread} | {len(row['rounds'])} | "
                     f"{bound(row, row['must'])} | {aim} | {row['verdict']} |")
    return "\n".join(lines) + "\n"


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    return (f"{model}, {len(programs.cores)} cores, Linux {platform.release()}; the server on one "
            f"core, the client on another" + (" (there is only one)" if len(programs.cores) < 2 else ""))


def read_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of each: a smoke test")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of what is timed (5)")
    parser.add_argument("--only", action="append", metavar="NAME", default=[],
                        help="this figure alone, or those whose names begin so; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the figures")
    parser.add_argument("--json", type=pathlib.Path, help="write everything measured to a file")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the table to a file, too")
    parser.add_argument("--bin", type=pathlib.Path, default=programs.binaries,
                        help="the folder of the programs")
    return parser.parse_args()


def measure(row, rounds):
    measured, busy = [], []
    for number in range(rounds):
        load, (ours, theirs) = row.measure()
        measured.append((ours, theirs))
        busy.append(load)
        print(f"  {row.name}, round {number + 1}: {show(ours)} against {show(theirs)} {row.unit}"
              f" ({show(load)} cores busy before)", file=sys.stderr, flush=True)
    return judge(row, measured, statistics.median(busy))


def main():
    options = read_arguments()
    chosen = [row for row in FIGURES
              if not options.only or any(row.name.startswith(name) for name in options.only)]
    if options.list:
        for row in FIGURES:
            print(f"{row.name:22} {row.title}")
        return 0
    if not chosen:
        print("bench: no figure is called that; --list names them", file=sys.stderr)
        return 2
    programs.binaries = options.bin.resolve()
    count = lambda row: 1 if options.quick else row.rounds or options.rounds
    minutes = sum(row.seconds * count(row) for row in chosen) / 60
    print(f"{machine()}.\n{len(chosen)} figures, about {minutes:.0f} minutes.", file=sys.stderr)
    load, busy = os.getloadavg()[0], programs.busy_elsewhere()
    if busy > BUSY / 2:
        print(f"The machine is not idle ({busy:.1f} cores busy): close what else is running. What is "
              "timed while more than half a core is busy will not be judged.", file=sys.stderr)

    rows, failures = [], 0
    programs.open_folder()
    try:
        for row in chosen:
            try:
                rows.append(measure(row, count(row)))
            except (Failed, OSError, ValueError, subprocess.SubprocessError) as failure:
                failures += 1
                print(f"bench: {row.name}: {failure}", file=sys.stderr, flush=True)
    finally:
        programs.end_everything()
    text = table(rows)
    print(text, end="")
    print(f"\n{machine()}. Load before the run: {load:.1f}.")
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        options.json.write_text(json.dumps({"schema": "slowpoetry.bench/1", "machine": machine(),
                                            "load": load, "figures": rows}, indent=1))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
