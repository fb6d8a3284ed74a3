"""What a Python programmer would write: asyncio streams, a task for each reader.

    asyncio_server.py POEM_BYTES CHUNK_BYTES DELAY_US PORTS

Prints its ports, one per line."""

import asyncio
import sys

POEM = b"p" * int(sys.argv[1])
DELAY = int(sys.argv[3]) / 1e6
CHUNK = int(sys.argv[2]) if DELAY else 65536


async def recite(_, writer):
    try:
        for start in range(0, len(POEM), CHUNK):
            writer.write(POEM[start:start + CHUNK])
            await writer.drain()
            await asyncio.sleep(DELAY)
        writer.close()
    except ConnectionError:
        pass


async def main():
    servers = [
        await asyncio.start_server(recite, "127.0.0.1", 0, backlog=4096)
        for _ in range(int(sys.argv[4]))
    ]
    for server in servers:
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
