"""The sockets: HTTP/1.1 on 127.0.0.1, a thread a connection, all of them ended on close."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .answers import Answer
from .service import Service

__all__ = ["Listener"]

_LARGEST_BODY = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # not 0.9, whose answers have no headers
    disable_nagle_algorithm = True  # headers and body are two writes: without this the second may wait 40 ms
    server: Listener

    def do_GET(self) -> None:
        """Answer a GET; every other method comes to `send_error`."""
        self._receive()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server would refuse by itself, in the service's words."""
        self.close_connection = True
        if code == 501:  # no do_ method: the request itself was read in full
            self._receive()
        else:
            self._send(self.server.service.reject(code, message or explain or "The request is not understood."))

    def _receive(self) -> None:
        self._discard_body()
        self._send(self.server.service.receive(self.command, self.path, self.headers.get("Authorization")))

    def _discard_body(self) -> None:
        """Read what came along, so that it is not taken for the next request."""
        length = self.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) <= _LARGEST_BODY and "Transfer-Encoding" not in self.headers:
            self.rfile.read(int(length))
        else:
            self.close_connection = True

    def _send(self, answer: Answer | None) -> None:
        closing = self.server.closing.wait(self.server.latency)
        if closing or answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in self._headers_of(answer).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _headers_of(self, answer: Answer) -> dict[str, str]:
        connection = {"Connection": "close"} if self.close_connection else {}
        own = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
        return {**own, **answer.headers, **connection}

    def version_string(self) -> str:
        """Name no Python version."""
        return "leadlex-sandbox"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent: what was called is in `Sandbox.calls`."""


class Listener(ThreadingHTTPServer):
    """A server that can be closed at once, whatever its clients do.

    Parameters
    ----------
    port : int
        On 127.0.0.1; 0 for any free one.
    service : Service
        What answers.
    latency : float
        Seconds before each answer.

    Examples
    --------
    >>> listener = Listener(0, Service({}), latency=0.0)
    >>> listener.start()
    >>> listener.close()
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service, latency: float) -> None:
        self.service, self.latency = service, latency
        self.closing = threading.Event()
        self._connections: list[tuple[threading.Thread, socket.socket]] = []
        super().__init__(("127.0.0.1", port), _Handler)
        # how often the loop looks whether it is to stop is how long closing takes at most
        self._loop = threading.Thread(target=self.serve_forever, args=(0.02,), name="leadlex-sandbox", daemon=True)

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, as HTTPServer does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def start(self) -> None:
        """Serve in a thread of its own.

        Examples
        --------
        >>> listener = Listener(0, Service({}), latency=0.0)
        >>> listener.start()
        >>> listener.close()
        """
        self._loop.start()

    def close(self) -> None:
        """Stop accepting, wake every thread that sleeps or reads, and wait for all of them.

        Examples
        --------
        >>> listener = Listener(0, Service({}), latency=0.0)
        >>> listener.start()
        >>> listener.close()
        """
        self.closing.set()
        self.shutdown()
        self._loop.join()
        # from here on nothing adds connections
        for thread, connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread, and remember both until it has ended."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections = [known for known in self._connections if known[0].is_alive()]
        self._connections.append((thread, request))
        thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; show anything else, which is a mistake of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
