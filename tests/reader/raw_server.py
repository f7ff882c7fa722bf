"""A server that sends exactly the bytes it is told to, and remembers what it was sent."""

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

COUNTS = {
    "sent_count": 1247,
    "opened_count": 612,
    "clicked_count": 143,
    "replied_count": 89,
    "bounced_count": 12,
    "unsubscribed_count": 4,
}


def answer(body=b"", status="200 OK", **headers):
    """One answer with its length; names of headers with _ for -."""
    head = {"Content-Length": len(body), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def stats_answer(**changes):
    """A right answer with some fields changed; with None for a value, null."""
    return answer(json.dumps({"data": {"stats": {**COUNTS, **changes}}}).encode(), Content_Type="application/json")


@dataclass(frozen=True)
class Request:
    target: str
    headers: dict

    @property
    def campaign_id(self):
        return unquote(self.target.split("/")[-2])


class RawServer:
    """Sends what `reply(request)` gives: bytes, or several pieces of them; None is to hang up."""

    api_key = "wbk_raw"

    def __init__(self, reply):
        self.requests, self.most_at_once = [], 0
        self._reply, self._under_way = reply, 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._connections, self._threads = [], [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self):
        return [request.campaign_id for request in self.requests]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._connections.append(connection)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            while (request := self._read(lines)) is not None:
                reply = self._answer(request)
                for piece in [reply] if reply is None or isinstance(reply, bytes) else reply:
                    if piece is None:
                        return
                    connection.sendall(piece)

    def _read(self, lines):
        first = lines.readline().decode("latin-1").split()
        if not first:
            return None
        headers = {}
        while line := lines.readline().decode("latin-1").strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        return Request(first[1], headers)

    def _answer(self, request):
        with self._lock:
            self.requests.append(request)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return self._reply(request)
        finally:
            with self._lock:
                self._under_way -= 1
