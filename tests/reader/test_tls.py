"""Secure connections: which certificates are good, and what they cost."""

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress

import pytest
import requests
import trustme

import leadlex_pandas
from leadlex_pandas import ConnectionFailedError, sockets
from tests.reader.raw_server import RawServer, stats_answer
from tests.reader.texts import unreached


class SecureServer(RawServer):
    """A server with a certificate for 127.0.0.1."""

    def __init__(self, reply, authority):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self._context)
        self.handshakes = 0
        super().__init__(reply)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def _serve(self, connection):
        try:
            secured = self._context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
        self.handshakes += 1
        super()._serve(secured)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def bundle(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(autouse=True)
def no_bundle_in_the_environment(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(authority):
    with SecureServer(lambda request: stats_answer(), authority) as running:
        yield running


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_bundle_of_the_environment(server, read, monkeypatch, bundle, name):
    monkeypatch.setenv(name, str(bundle))
    assert len(read(server, ["a", "b"])) == 2


def test_folder_of_certificates(server, read, monkeypatch, bundle, tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(bundle)], capture_output=True, text=True, check=True
    )
    shutil.copy(bundle, folder / f"{done.stdout.strip()}.0")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    assert len(read(server, ["a"])) == 1


def test_session_that_trusts_it(server, bundle):
    with requests.Session() as session:
        session.verify = str(bundle)
        with leadlex_pandas.Client("wbk_x", base_url=server.url, session=session) as client:
            assert len(client.read_stats(["a", "b"])) == 2


def test_certificate_that_nobody_vouches_for(server, read, short_pauses):
    with pytest.raises(ConnectionFailedError) as caught:
        read(server, "a")
    assert str(caught.value) == unreached("a", "no secure connection, the certificate could not be verified")
    assert server.requests == []


def test_certificate_of_another_host(authority, read, monkeypatch, bundle, short_pauses):
    class Other(SecureServer):
        url = property(lambda self: f"https://127.0.0.2:{self.port}")

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setattr("tests.reader.raw_server.socket.create_server", _anywhere)
    with Other(lambda request: stats_answer(), authority) as server, pytest.raises(ConnectionFailedError) as caught:
        read(server, "a")
    assert str(caught.value) == unreached("a", "no secure connection, the certificate could not be verified")


def _anywhere(address, **options):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", address[1]))
    listener.listen(options.get("backlog", 16))
    return listener


def test_bundle_is_read_once_for_all_connections(server, read, monkeypatch, bundle):
    contexts, loaded = [], []

    class Counting(ssl.SSLContext):
        def load_verify_locations(self, *args, **options):
            loaded.append(threading.get_ident())
            return super().load_verify_locations(*args, **options)

    def counted(**options):
        made = Counting(ssl.PROTOCOL_TLS_CLIENT)
        contexts.append(made)
        return made

    monkeypatch.setattr(sockets, "create_urllib3_context", counted)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server._reply = lambda request: threading.Event().wait(0.05) or stats_answer()
    assert len(read(server, [f"c{n}" for n in range(40)], concurrency=8)) == 40
    assert server.handshakes == 8
    assert (len(contexts), loaded) == (1, [threading.get_ident()])


def test_connection_that_is_no_tls(short_pauses):
    """A service that speaks first, and no TLS."""

    class Greeter(RawServer):
        def _serve(self, connection):
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n" * 9)

    with Greeter(lambda request: None) as server, pytest.raises(ConnectionFailedError) as caught:
        leadlex_pandas.read_stats("a", api_key="wbk_x", base_url=f"https://127.0.0.1:{server.port}", timeout=2)
    assert caught.value.reason in (
        "no secure connection, the certificate could not be verified", "the connection was refused or dropped"
    )  # fmt: skip


def test_through_a_proxy(server, read, monkeypatch, bundle):
    """A tunnel: the proxy sees where to, and nothing else."""
    seen = []

    class Proxy(RawServer):
        def _serve(self, connection):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            seen.append(head)
            with socket.create_connection(("127.0.0.1", server.port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(onward, connection))
                back.start()
                _pump(connection, onward)
                back.join()
            connection.close()

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setattr("leadlex_pandas.transport.is_loopback", lambda host: False)
    with Proxy(lambda request: None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert len(read(server, ["a", "b", "c"], concurrency=1, api_key="wbk_canary")) == 3
    assert len(seen) == 1
    assert seen[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.".encode())
    assert b"wbk_canary" not in seen[0]


def _pump(source, target):
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
