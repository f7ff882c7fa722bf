"""A service in a process of its own that answers any campaign after 80 ms: python service.py LATENCY, prints its port.

It counts its calls, and tells them at /calls. Kept to the bare minimum, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import json
import sys

STATS = {
    "sent_count": 1247, "opened_count": 612, "clicked_count": 143, "replied_count": 89, "bounced_count": 12,
    "unsubscribed_count": 4, "open_rate": 0.491, "click_rate": 0.115, "reply_rate": 0.071,
}  # fmt: skip
BODY = json.dumps({"data": {"stats": STATS}}).encode()


async def serve(latency: float) -> None:
    """Answer until the process is ended."""
    calls = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = BODY
                if b" /calls " in head.split(b"\r\n", 1)[0]:
                    body = str(calls).encode()
                else:
                    calls += 1
                    await asyncio.sleep(latency)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                    + body
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
