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

    def __init__(self, name, title, unit, must, aim, measure, *, best="low", of="ratio",
                 against="yardstick", rounds=None, pick=statistics.median):
        self.name, self.title, self.unit, self.measure = name, title, unit, measure
        self.must, self.aim, self.best, self.of, self.against = must, aim, best, of, against
        self.rounds, self.pick = rounds, pick
        FIGURES.append(self)

    def meets(self, value, bound):
        if bound is None:
            return False
        return value <= bound if self.best == "low" else value >= bound


def in_turns(measure, *peers):
    """Rounds in which `measure(kind)` runs for ours and for each peer. Figures share them: each takes
    what it is about, and a round is run by whichever asks for it first. Returns a function that says
    what a figure takes: the peer it compares with, and which of several measured values."""
    kinds = ("ours", *(peer for peer in peers if programs.is_installed(peer)))
    rounds, asked = [], {}

    def take(peer=peers[0] if peers else None, value=None):
        def ask():
            asked[peer, value] = asked.get((peer, value), 0) + 1
            if asked[peer, value] > len(rounds):
                busy = programs.busy_elsewhere()
                rounds.append((busy, {kind: measure(kind) for kind in kinds}))
            busy, measured = rounds[asked[peer, value] - 1]
            pair = measured["ours"], measured.get(peer)
            return busy, tuple(one and one[value] for one in pair) if value else pair
        return ask
    return take


def client_of(kind):
    return "async" if kind == "ours" else kind


def few(count):
    """So many, and with --quick a tenth of them."""
    return max(1, count // programs.scale)


# --- System calls. --------------------------------------------------------------------------------

SOCKET_CALLS = ("send", "sendto", "sendmsg", "recv", "recvfrom", "recvmsg", "epoll_ctl")
WAKE_CALLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "timerfd_settime", "read")


def traced_pair(kind, downloads, chunks, delay):
    """How many calls a server and a client make for each chunk, both traced. Tracing makes them slow,
    and chunks that wait arrive as one: what counts is the chunks that the server sent and the reads in
    which something arrived."""
    made = {}
    with Server(kind, chunks * 10, 10, delay, traced=True) as server:
        with Client(client_of(kind), server.ports, downloads, traced=True) as client:
            reads = client.result()["reads"]
        chunks = server.stop()["chunks"]
    for name, program, times in (("server", server, chunks), ("client", client, reads)):
        made[name, "socket"] = program.count(SOCKET_CALLS) / times
        made[name, "wake"] = program.count(WAKE_CALLS) / times
        made[name, "all"] = made[name, "socket"] + made[name, "wake"]
    return made


many_readers = in_turns(lambda kind: traced_pair(kind, few(40), few(250), 0.015), "yardstick")
# One reader alone: no wake is shared by chunks that happen to be due together.
one_reader = in_turns(lambda kind: traced_pair(kind, 1, few(1000), 0.004), "yardstick", "asio")

Figure("server-calls", "server: socket calls per chunk sent", "", 1.10, 1.02,
       many_readers(value=("server", "socket")), of="ours")
Figure("client-calls", "client: socket calls per read", "", 1.15, 1.05,
       many_readers(value=("client", "socket")), of="ours")
Figure("server-wakes", "server: wake calls per chunk sent, one reader", "", 2, 1.2,
       one_reader(value=("server", "wake")))
Figure("client-wakes", "client: wake calls per read, one download", "", 2, 1.2,
       one_reader(value=("client", "wake")))
Figure("server-calls-asio", "server: all calls per chunk sent, one reader", "", None, None,
       one_reader("asio", ("server", "all")), against="asio")
Figure("client-calls-asio", "client: all calls per read, one download", "", None, None,
       one_reader("asio", ("client", "all")), against="asio")

# --- Memory, on the plateau: all connected and none ended, minus what one alone takes. ------------


def plateau(side, kind, readers):
    """Bytes of the resident set that each reader takes in the server, or each download in the client."""
    kinds = (kind, "yardstick") if side == "server" else ("yardstick", client_of(kind))
    memory = []
    ports = -(-readers // 5_000)
    for count in (ports, readers):
        with Server(kinds[0], 1000, 10, 0.4, ports) as server:
            with Client(kinds[1], server.ports, count) as client:
                wait_until(lambda: min(client.descriptors(), server.descriptors()) >= count,
                           f"{count} downloads are connected")
                time.sleep(1 / programs.scale)  # some chunks
                memory.append((server if side == "server" else client).memory())
    return (memory[1] - memory[0]) / (readers - ports)


for side, what, must, aim, peers in (
        ("server", "reader", 128, 32, ("asyncio", "node")),
        ("client", "download", 950, 56, ("asyncio", "node", "threads"))):
    large = in_turns(lambda kind, side=side: plateau(side, kind, few(10_000)), "yardstick", "asio")
    small = in_turns(lambda kind, side=side: plateau(side, kind, few(2_000)), *peers)
    Figure(f"{side}-memory", f"{side}: memory per {what}, 10,000 of them", "B", must, aim, large(),
           of="ours")
    Figure(f"{side}-memory-asio", f"{side}: memory per {what}, 10,000 of them", "B", 1 / 5, 1 / 20,
           large("asio"), against="asio")
    for peer in peers:
        bounds = (None, None) if peer == "threads" else (1 / 5, 1 / 20)
        Figure(f"{side}-memory-{peer}", f"{side}: memory per {what}, 2,000 of them", "B", *bounds,
               small(peer), against=peer)

# --- Time. ---------------------------------------------------------------------------------------


def lateness(kind):
    """10,000 readers, 5 chunks a second each, spread evenly: by the server's own account, which is
    kept by the same class in all."""
    with Server(kind, few(250), 10, 0.2, ports=2) as server:
        with Client("yardstick", server.ports, few(10_000), ramp=1 / programs.scale) as client:
            client.result()
        totals = server.stop()["lateness"]
    return {"p50": totals["p50_s"] * 1e6, "p99": totals["p99_s"] * 1e6}


late = in_turns(lateness, "yardstick", "asio")
for share, must in (("p50", 2), ("p99", 3)):
    Figure(f"lateness-{share}", f"server: lateness {share}, 10,000 readers x 5 chunks/s", "us", must, 1,
           late(value=share))
    Figure(f"lateness-{share}-asio", f"server: lateness {share}, 10,000 readers x 5 chunks/s", "us",
           None, None, late("asio", share), against="asio")


def least_drift(rounds):
    """Noise only ever adds, so the smallest is the true one; a server that is early drifts, too."""
    return abs(min(rounds))


def drift(kind, delay):
    """How much later than promised the end of file comes, in microseconds for each chunk."""
    chunks = few(600)
    with Server(kind, chunks * 10, 10, delay) as server:
        with socket.create_connection(("127.0.0.1", server.ports[0])) as reader:
            began = time.monotonic()
            while reader.recv(65536):
                pass
        return (time.monotonic() - began - chunks * delay) / chunks * 1e6


for milliseconds in (1, 10):
    Figure(f"drift-{milliseconds}ms", f"server: drift per chunk over 600 chunks, {milliseconds} ms", "us",
           5, 1, in_turns(lambda kind, ms=milliseconds: drift(kind, ms / 1000), "yardstick")(),
           of="ours", pick=least_drift)


def saturated(kind):
    """10,000 readers want 50 chunks a second each: several times what a core can send. Returns the
    microseconds of CPU that the server takes for a chunk."""
    # Asio accepts one connection a port before everybody else has their turn: with 4 ports, all but
    # the first thousands would wait for minutes.
    with Server(kind, 10_000_000, 10, 0.02, ports=100 if kind == "asio" else 4) as server:
        readers = few(10_000)
        with Client("yardstick", server.ports, readers):
            wait_until(lambda: server.totals()["readers"] >= readers, f"{readers} readers are connected")
            time.sleep(1 / programs.scale)
            chunks, cpu = server.totals()["chunks"], server.cpu_seconds()
            time.sleep(2 / programs.scale)
            return (server.cpu_seconds() - cpu) / (server.totals()["chunks"] - chunks) * 1e6


rounds = in_turns(saturated, "yardstick", "asio")
Figure("saturated", "server: CPU per chunk, saturated, 10,000 readers", "us", 1.1, 1, rounds())
Figure("saturated-asio", "server: CPU per chunk, saturated, 10,000 readers", "us", None, None,
       rounds("asio"), against="asio")


def client_wall(kind):
    with Server("yardstick", few(250), 10, 0.2, ports=2) as server:
        with Client(client_of(kind), server.ports, few(10_000)) as client:
            return client.result()["wall_s"] / (few(250) / 10 * 0.2)


rounds = in_turns(client_wall, "yardstick", "asio")
Figure("client-wall", "client: wall / longest prediction, 10,000 downloads, 50,000 chunks/s", "",
       0.01, 0.002, rounds(), of="difference")
Figure("client-wall-asio", "client: wall / longest prediction, 10,000 downloads, 50,000 chunks/s", "",
       None, None, rounds("asio"), of="difference", against="asio")


def connects(kind):
    with Server(kind, 10, 10, 2 / programs.scale, ports=2) as server:
        with Client(client_of(kind), server.ports, few(5_000)) as client:
            return few(5_000) / client.result()["all_connected_s"]


Figure("connects", "connects per second", "/s", 0.6, 1, in_turns(connects, "yardstick")(), best="high")


def short_poems(server_kind, client_kind, clock="wall_s"):
    with Server(server_kind, 600, 10, 0) as server:
        with Client(client_kind, server.ports, few(5_000), told=clock == "wall_s") as client:
            return few(5_000) / client.result()[clock]


rounds = in_turns(lambda kind: short_poems("ours" if kind == "threads" else kind, client_of(kind)),
                  "yardstick", "asio", "threads")
for name, peer, must, aim in (("", "yardstick", 0.8, 1.3), ("-asio", "asio", None, None),
                              ("-threads", "threads", None, None)):
    Figure(f"short-poems{name}", "short poems per second (600 B, no delay)", "/s", must, aim, rounds(peer),
           best="high", against=peer)
# By the clock of the whole process, start and end of it included, for curl tells no other.
Figure("short-poems-curl", "short poems per second (600 B, no delay), start and end included", "/s", 2.5,
       2.5, in_turns(lambda kind: short_poems("ours", client_of(kind), "process_s"), "curl")(),
       best="high", against="curl")


def bulk(kind):
    with Server(kind, few(64) << 20, 10, 0) as server:
        with Client(client_of(kind), server.ports, 1) as client:
            return few(64) / client.result()["wall_s"]


Figure("bulk", "bulk poem, 64 MiB, not kept", "MiB/s", 0.8, 1, in_turns(bulk, "yardstick")(), best="high")


def at_once(_):
    """Counts the downloads under way at the same moment, if every one of them was right."""
    downloads, poem, delay = few(19_000), few(3000), 0.5
    with Server("ours", poem, 200, delay, ports=4) as server:
        with Client("async", server.ports, downloads) as client:
            result = client.result()
    checksums = {task["crc32"] for task in result["tasks"]}
    if result["bytes"] != downloads * poem or len(checksums) != 1:
        raise Failed("the poems that arrived are not the one that was sent")
    first_end = min(task["end_s"] for task in result["tasks"])
    return sum(task["connect_s"] < first_end for task in result["tasks"])


Figure("at-once", "downloads at once in one process, all byte-exact", "", 19_000, None,
       in_turns(at_once)(), best="high", of="ours", against=None)


def many(_):
    """A race with one runner, which holds every checksum against the file; its wall clock is not
    judged here. A chunk every 5 s leaves the time to connect them all before the first one ends."""
    with Race("--scenario", "many", "--tasks", few(100_000), "--models", "async", "--runs", 1) as race:
        [result] = race.result()["scenarios"][0]["results"]
    [run] = result["runs"]
    if run["wrong"]:
        raise Failed(run["wrong"])
    return result["tasks"]


Figure("many", "downloads over several processes, all byte-exact", "", 100_000, 1_000_000,
       in_turns(many)(), best="high", of="ours", against=None, rounds=1)


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
    too_much = row.must if row.of == "difference" and row.must else NOISY
    noisy = (is_timed(row) and row.pick is not least_drift
             and max(spread(ours), spread(theirs)) > too_much)
    in_doubt = lambda bound: noisy and len({row.meets(one, bound) for one in compared}) > 1
    verdict = ("-" if row.must is None or programs.scale > 1
               else "inconclusive" if busy > BUSY and is_timed(row) or in_doubt(row.must)
               else "not met" if not row.meets(value, row.must)
               else "aim met" if row.meets(value, row.aim) and not in_doubt(row.aim) else "met")
    return {"name": row.name, "title": row.title, "unit": row.unit, "against": row.against,
            "ours": row.pick(ours), "theirs": row.pick(theirs) if theirs else None,
            "compared": value, "min": min(compared), "max": max(compared), "how": row.of,
            "must": row.must, "aim": row.aim, "best": row.best, "busy_elsewhere": busy,
            "rounds": rounds, "verdict": verdict}


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
        lines.append(f"| {row['title']} | {show(row['ours'])}{unit} | {theirs} | "
                     f"{show(row['compared'])} {spread} | {len(row['rounds'])} | "
                     f"{bound(row, row['must'])} | {bound(row, row['aim'])} | {row['verdict']} |")
    return "\n".join(lines) + "\n"


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    return (f"{model}, {len(programs.cores)} cores, Linux {platform.release()}; the server on one "
            f"core, the client on another" + (" (there is only one)" if len(programs.cores) < 2 else ""))


def read_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of each with a tenth of the work, judging nothing: a smoke test")
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
    for row in [row for row in chosen if not programs.is_installed(row.against)]:
        print(f"bench: {row.name} is left out, for {row.against} is not installed", file=sys.stderr)
        chosen.remove(row)
    if not chosen:
        print("bench: no figure is left; --list names them", file=sys.stderr)
        return 2
    programs.binaries = options.bin.resolve()
    programs.scale = 10 if options.quick else 1
    count = lambda row: 1 if options.quick else row.rounds or options.rounds
    print(f"{machine()}. {len(chosen)} figures.", file=sys.stderr)
    load, busy = os.getloadavg()[0], programs.busy_elsewhere()
    if busy > BUSY / 2:
        print(f"The machine is not idle ({busy:.1f} cores busy): close what else is running. What is "
              "timed while more than half a core is busy will not be judged.", file=sys.stderr)
    if programs.tracked_connections() > 1000:
        print("A firewall tracks connections here, those of the loopback interface too: what is timed is slower, and "
              "a full table (sysctl net.netfilter.nf_conntrack_max) drops connections, for seconds.", file=sys.stderr)

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
