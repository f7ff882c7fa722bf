"""A service in a process of its own: python service.py LATENCY [--tls FILE] [--faults SHARE], prints its port.

It answers any campaign after so many seconds, `campaign-N` with counts of its own; with `--tls` it makes a certificate
for 127.0.0.1, and writes that of its authority to the file; with `--faults` so large a share of the calls gets a 503 or
no answer: the same calls each time, in whatever order they come. It counts its calls, and tells them at /calls. Kept to
the bare minimum, so that what is measured is the client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import ssl
from collections import Counter


def counts(number: int) -> dict[str, int]:
    """Give the counts of campaign N."""
    return {
        "sent_count": 1000 + number, "opened_count": 612, "clicked_count": 143, "replied_count": 89,
        "bounced_count": 12, "unsubscribed_count": number % 10,
    }  # fmt: skip


class Service:
    """Answers until the process is ended."""

    def __init__(self, latency: float, faults: float) -> None:
        self._latency, self._faults = latency, faults
        self._calls: Counter[str] = Counter()

    async def serve(self, context: ssl.SSLContext | None) -> None:
        """Listen, and say where."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512, ssl=context)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                reply = await self._reply(head.split(b" ", 2)[1].decode())
                if reply is None:
                    break
                writer.write(reply)
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    async def _reply(self, path: str) -> bytes | None:
        if path == "/calls":
            return message("200 OK", str(self._calls.total()).encode())
        self._calls[path] += 1
        if self._latency:
            await asyncio.sleep(self._latency)
        if self._faults:
            drawn = random.Random(f"{path} {self._calls[path]}").random()
            if drawn < self._faults:
                return message("503 Service Unavailable", b"") if drawn < self._faults / 2 else None
        stats = counts(int(path.split("/")[-2].rpartition("-")[2]))
        rates = {f"{name}_rate": round(stats[f"{done}_count"] / stats["sent_count"], 3) for name, done in RATES}
        return message("200 OK", json.dumps({"data": {"stats": {**stats, **rates}}}).encode())


RATES = (("open", "opened"), ("click", "clicked"), ("reply", "replied"))


def message(status: str, body: bytes) -> bytes:
    """Write an answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def certified(path: str) -> ssl.SSLContext:
    """Make a certificate for this machine, and write that of its authority to a file."""
    import trustme

    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(path)
    return context


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("latency", type=float)
    parser.add_argument("--tls", metavar="FILE")
    parser.add_argument("--faults", type=float, default=0.0)
    options = parser.parse_args()
    service = Service(options.latency, options.faults)
    asyncio.run(service.serve(certified(options.tls) if options.tls else None))


if __name__ == "__main__":
    main()
