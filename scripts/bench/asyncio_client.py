"""What a Python programmer would write: asyncio streams, a task for each download.

    asyncio_client.py DOWNLOADS PORT..."""

import asyncio
import json
import sys
import time


async def download(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    total = 0
    while chunk := await reader.read(65536):
        total += len(chunk)
    writer.close()
    return total


async def main(count, ports):
    began = time.monotonic()
    sizes = await asyncio.gather(
        *(download(ports[i % len(ports)]) for i in range(count)), return_exceptions=True
    )
    whole = [size for size in sizes if isinstance(size, int)]
    print(json.dumps({"ok": len(whole), "failed": count - len(whole), "bytes": sum(whole),
                      "wall_s": time.monotonic() - began}))


asyncio.run(main(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
