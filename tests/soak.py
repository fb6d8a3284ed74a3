"""Thousands of readers that come, stall, leave, reset and half-close, beside a few that behave: what
the server holds stays flat, and nobody who behaves loses a byte. usage: soak.py [SECONDS]"""

import asyncio
import collections
import os
import random
import socket
import statistics
import sys
import time

from programs import BIN
from running_server import hang_up, Server

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 300
CROWD = 300  # readers at once
POEMS = [os.urandom(100_000), os.urandom(8_000), os.urandom(4_000_000)]
BEHAVED, SHORT, LONG = range(3)  # the ports: a poem each
OPTIONS = ("--num-bytes", "1000", "--delay", "10ms", "--write-timeout", "1s")


async def open_reader(server, port):
    reader = socket.socket()
    reader.setblocking(False)
    # So that little is on the way: a reader that stalls is noticed soon.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    await asyncio.get_running_loop().sock_connect(reader, server.addresses[port])
    return reader


async def read(reader, limit=None):
    poem = b""
    while limit is None or len(poem) < limit:
        part = await asyncio.get_running_loop().sock_recv(reader, 65536)
        if not part:
            break
        poem += part
    return poem


async def whole(server):
    with await open_reader(server, SHORT) as reader:
        assert await read(reader) == POEMS[SHORT]


async def half_close(server):
    with await open_reader(server, SHORT) as reader:
        reader.shutdown(socket.SHUT_WR)
        assert await read(reader) == POEMS[SHORT]


async def talk(server):
    with await open_reader(server, SHORT) as reader:
        reader.send(b"GET / HTTP/1.0\r\n\r\n")
        assert await read(reader) == POEMS[SHORT]


async def leave(server):
    with await open_reader(server, LONG) as reader:
        await read(reader, random.randrange(8_000))


async def reset(server):
    reader = await open_reader(server, LONG)
    await read(reader, random.randrange(8_000))
    hang_up(reader)


async def stall(server):
    """Reads nothing, until the server drops it: then what is left ends in a reset."""
    with await open_reader(server, LONG) as reader:
        while reader.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) != b"\x07":  # TCP_CLOSE
            await asyncio.sleep(0.2)


KINDS = [*[whole, half_close, talk, leave, reset] * 10, stall]
came = collections.Counter()


async def come_and_go(server, end):
    while time.monotonic() < end:
        kind = random.choice(KINDS)
        await asyncio.wait_for(kind(server), 60)
        came[kind.__name__] += 1


async def behave(server, end):
    """The real client, again and again; it compares every byte."""
    path = f"{server.folder.name}/poem{BEHAVED}.txt"
    address = "%s:%d" % server.addresses[BEHAVED]
    while time.monotonic() < end:
        client = await asyncio.create_subprocess_exec(
            f"{BIN}/get-poetry-async", "-q", "--repeat", "4", "--verify", path, address,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said, _ = await client.communicate()
        assert client.returncode == 0, said.decode()
        came["behave"] += 4


async def sample(server, end, samples):
    while time.monotonic() < end:
        samples.append((server.resident_bytes(), server.descriptors()))
        await asyncio.sleep(0.5)


def lateness(server, begin, end):
    """The worst lateness of each reader that behaved in that time, in milliseconds."""
    return sorted(1e3 * event["worst_lateness_s"] for event in server.events("finished")
                  if event["server"] == "%s:%d" % server.addresses[BEHAVED]
                  and begin <= event["at_s"] - event["time_s"] and event["at_s"] <= end)


async def soak(server):
    descriptors = server.descriptors()
    begin = time.monotonic()
    await behave(server, begin + max(5, SECONDS / 10))
    crowded = time.monotonic()
    end = crowded + SECONDS
    samples = []
    await asyncio.gather(behave(server, end), sample(server, end, samples),
                         *[come_and_go(server, end) for _ in range(CROWD)])
    for _ in range(600):
        if server.descriptors() == descriptors:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError(f"{server.descriptors()} descriptors are left of {descriptors}")
    for name, beginning, ending in (("alone", begin, crowded), ("in the crowd", crowded, end)):
        late = lateness(server, beginning, ending)
        print(f"worst lateness of a well-behaved reader {name}: {statistics.median(late):.2f} ms "
              f"(median of {len(late)}), {late[-1]:.2f} ms (most)")
    third = len(samples) // 3
    plateau, last = samples[third:2 * third], samples[2 * third:]
    for what, values, margin in (("bytes", 0, 1 << 20), ("descriptors", 1, CROWD // 2)):
        before, after = max(s[values] for s in plateau), max(s[values] for s in last)
        print(f"{what} of the server, most in the second third and in the last: {before}, {after}")
        assert after <= before + margin, f"{what} grow"
    totals = server.totals()
    print(f"readers: {dict(came)}; the server's account: {totals}")
    assert totals["still_connected"] == 0 and totals["readers"] == sum(came.values()), totals
    assert totals["dropped"] == came["stall"], totals


if __name__ == "__main__":
    with Server(*OPTIONS, poems=POEMS) as slowpoetry:
        os.nice(10)  # the crowd takes what the server leaves
        asyncio.run(soak(slowpoetry))
