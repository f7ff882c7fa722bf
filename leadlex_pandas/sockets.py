"""Connections that another thread can end at any moment, all of them over one TLS context.

A timeout of requests holds for each piece that is read, so a service that sends a byte a second is never given up on;
and a thread that waits for one cannot be interrupted. Whoever steers a read therefore keeps an `Attempt` of each call,
and shuts its socket down when the time is over: then the worker fails at once, wherever it is.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

_here = threading.local()  # .attempt is the one that this thread works on


class AbortedError(OSError):
    """The attempt was ended before it had a socket."""


class Attempt:
    """One call under way, which another thread can end."""

    def __init__(self) -> None:
        self.aborted = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Let the connections that this thread uses report to this attempt."""
        _here.attempt = self
        try:
            yield
        finally:
            _here.attempt = None
            self._watch(None)

    def abort(self) -> None:
        """Shut down whatever socket it uses, now or later."""
        with self._lock:
            self.aborted = True
            if self._socket is not None:
                with suppress(OSError):  # not connected yet, or no longer
                    self._socket.shutdown(socket.SHUT_RDWR)

    def watch(self, sock: socket.socket) -> None:
        """Take note of the socket that is used, by a handle of its own: TLS takes the first one away."""
        try:
            handle = socket.fromfd(sock.fileno(), sock.family, sock.type)
        except (OSError, ValueError):
            return  # closed in the meantime: whoever uses it will see
        self._watch(handle)
        if self.aborted:
            raise AbortedError("ended before it was sent")

    def _watch(self, handle: socket.socket | None) -> None:
        with self._lock:
            before, self._socket = self._socket, handle
            if handle is not None and self.aborted:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)
        if before is not None:
            before.close()


def watched(sock: socket.socket) -> None:
    """Report a socket to the attempt of this thread."""
    attempt: Attempt | None = getattr(_here, "attempt", None)
    if attempt is not None:
        attempt.watch(sock)


class _Watched(HTTPConnection):
    """Reports each socket before it is used; otherwise as urllib3's."""

    debuglevel = 0  # a debug level set on http.client prints every header, the key's among them

    def _new_conn(self) -> socket.socket:
        # urllib3 hands its socket out only when it is connected: too late to end an attempt that hangs there
        try:
            places = socket.getaddrinfo(self._dns_host, self.port, 0, socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            failed = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, failed) from error
        sock = self._connected(places)
        sys.audit("http.client.connect", self, self.host, self.port)
        return sock

    def _connected(self, places: list[Any]) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
        for family, kind, protocol, _, address in places:
            sock = None
            try:
                sock = socket.socket(family, kind, protocol)  # fails where the machine knows no IPv6
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                # its share of the time: an address that swallows all must leave some for the next
                sock.settimeout(None if timeout is None else timeout / len(places))
                watched(sock)
                sock.connect(address)
                sock.settimeout(timeout)
            except OSError as error:
                failure = error
                if sock is not None:
                    sock.close()
            else:
                return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from failure
        raise NewConnectionError(self, f"no connection: {failure}") from failure

    def putrequest(self, *args: Any, **options: Any) -> None:
        """Begin a request, on a new connection or on one that was kept."""
        if self.sock is not None:
            watched(self.sock)
        super().putrequest(*args, **options)


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class Adapter(HTTPAdapter):
    """Makes watched connections, over one TLS context where it is given one.

    urllib3 reads the whole CA bundle again for each connection whose pool knows the bundle's path, even next to a
    context; so the path is kept from it.

    Parameters
    ----------
    connections : int
        How many to keep open.
    context : ssl.SSLContext or None
        What every connection is secured with; None leaves that to requests.
    """

    def __init__(self, connections: int, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **{**self._secured(), **options})
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **{**self._secured(), **options})
        if not proxy.lower().startswith("socks"):  # those bring connections of their own, which are not watched
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
        return manager

    def build_connection_pool_key_attributes(self, request: PreparedRequest, verify: Any, cert: Any = None) -> Any:
        """Tell one pool from another by host, not by the bundle that stands behind the context."""
        host, secured = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._context is None:
            return host, secured
        kept = {name: value for name, value in secured.items() if not name.startswith("ca_")}
        return host, {**kept, **self._secured()}

    def cert_verify(self, conn: Any, url: str, verify: bool | str | None, cert: Any) -> None:
        """Require a certificate; which ones are good, the context knows."""
        if self._context is None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        else:
            conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None

    def _secured(self) -> dict[str, ssl.SSLContext]:
        return {} if self._context is None else {"ssl_context": self._context}


def tls_context(verify: bool | str) -> ssl.SSLContext:
    """Read a CA bundle once.

    Parameters
    ----------
    verify : bool or str
        True for the one that comes with requests, else a file or a folder.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    bundle = DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify)
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    if os.path.isdir(bundle):  # noqa: PTH112 -- a text from the environment, and a question only
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(cafile=bundle)
    return context
