"""What a Python programmer would write: asyncio streams, a task for each download.

    asyncio_client.py HOST:PORT..."""

import asyncio
import json
import sys
import time


async def download(server):
    host, port = server.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    total = 0
    while chunk := await reader.read(65536):
        total += len(chunk)
    writer.close()
    return total


async def main(servers):
    began = time.monotonic()
    sizes = await asyncio.gather(*map(download, servers), return_exceptions=True)
    whole = [size for size in sizes if isinstance(size, int)]
    print(json.dumps({"ok": len(whole), "failed": len(sizes) - len(whole), "bytes": sum(whole),
                      "wall_s": time.monotonic() - began}))
    return len(whole) < len(sizes)


sys.exit(asyncio.run(main(sys.argv[1:])))
