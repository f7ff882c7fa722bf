"""The key reaches the service, and nobody else: no text, no pickle, no log, no other server."""

import copy
import json
import logging
import pickle
import socket
import traceback

import pytest

import leadlex_pandas
from leadlex_pandas import InputError, LeadlexError, MissingKeyError, gate
from leadlex_pandas.transport import Request
from tests.reader.raw_server import COUNTS, answer, stats_answer

KEYS = [
    "wbk_" + "cAnArY7xQ2" * 4 + "ZYXWVUTS",
    "wbk_" + "canary0123" * 4 + "abcdefgh",  # could pass for an error code
]


@pytest.fixture(params=KEYS, ids=["mixed case", "lower case"])
def key(request):
    return request.param


def everything_of(error):
    """All that a person or a program gets to see of an error, of those behind it and of its failures."""
    seen, waiting = [], [error]
    while waiting:
        one = waiting.pop()
        if one is None or any(one is known for known in seen):
            continue
        seen.append(one)
        waiting += [one.__cause__, one.__context__, *getattr(one, "failures", {}).values()]
    texts = [text for one in seen for text in (str(one), repr(one), *traceback.format_exception(one), repr(vars(one)))]
    pickles = [pickle.dumps(one) for one in seen if isinstance(one, LeadlexError)]
    return "\n".join(texts) + "".join(dump.decode("latin-1") for dump in pickles)


def locals_of(error):
    """What tools show that print the variables of each frame; those of the package, not of this test."""
    stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    return [text for frame in stack if "leadlex_pandas" in frame.filename for text in (frame.locals or {}).values()]


def echo(request):
    """The key, as the service was sent it."""
    return request.headers["Authorization"].removeprefix("Bearer ")


def json_error(request, status, **more):
    body = {"error": {"code": echo(request), "message": f"No {echo(request)}"}, "code": echo(request), **more}
    return answer(json.dumps(body).encode(), status, X_Request_ID=echo(request), X_Key=echo(request))


def stats_echo(request, **changes):
    return stats_answer(**{"open_rate": echo(request), "note": echo(request), **changes})


HOSTILE = {
    "401": lambda request: json_error(request, "401 Unauthorized"),
    "403": lambda request: json_error(request, "403 Forbidden"),
    "404": lambda request: json_error(request, "404 Not Found"),
    "404 in error": lambda request: answer(json.dumps({"error": echo(request)}).encode(), "404 Not Found"),
    "418": lambda request: json_error(request, "418 Teapot"),
    "429": lambda request: json_error(request, "429 Too Many", retry=1).replace(b"X-Key", b"Retry-After: 0\r\nX-Key"),
    "429 for long": lambda request: json_error(request, "429 Too Many").replace(b"X-Key", b"Retry-After: 99\r\nX-Key"),
    "429 for the key": lambda request: answer(b"", "429 Too Many", Retry_After=echo(request)),
    "500": lambda request: json_error(request, "500 Internal Server Error"),
    "503 with the key as reason": lambda request: answer(b"", f"503 {echo(request)}"),
    "302": lambda request: answer(b"", "302 Found", Location=f"http://127.0.0.1:9/?key={echo(request)}"),
    "302 to no address": lambda request: answer(b"", "302 Found", Location=f"http://[{echo(request)}"),
    "103": lambda request: f"HTTP/1.1 103 Hints\r\nLink: {echo(request)}\r\n\r\n".encode(),
    "dropped": lambda request: None,
    "half an answer": lambda request: [f"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{echo(request)}".encode(), None],
    "status line": lambda request: [f"HTTP/1.1 {echo(request)}\r\n\r\n".encode(), None],
    "no HTTP": lambda request: [f"{echo(request)}\r\n\r\n".encode(), None],
    "chunk": lambda request: [
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{echo(request)}\r\n\r\n".encode(),
        None,
    ],
    "length": lambda request: [answer(b"", Content_Length=echo(request)), None],
    "header": lambda request: stats_answer().replace(b"\r\n\r\n", f"\r\nBad {echo(request)}\r\n\r\n".encode(), 1),
    "two lengths": lambda request: answer(b"", Content_Length="5, 7", X_Key=echo(request)),
    "encoding": lambda request: answer(echo(request).encode(), Content_Encoding="gzip"),
    "no JSON": lambda request: answer(echo(request).encode()),
    "no stats": lambda request: answer(json.dumps({"data": echo(request)}).encode()),
    "count": lambda request: stats_echo(request, sent_count=echo(request)),
    "fine": stats_echo,
    "cookie": lambda request: stats_echo(request).replace(
        b"\r\n", f"\r\nSet-Cookie: a={echo(request)}\r\n".encode(), 1
    ),
}


@pytest.mark.parametrize("mode", ["raise", "coerce"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_echo_of_the_key_gets_anywhere(raw, read, waits, key, hostile, mode, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "leadlex_pandas"):
        caplog.set_level(logging.DEBUG, logger=name)
    try:
        result = read(raw(HOSTILE[hostile]), ["a", "b"], api_key=key, errors=mode, keep_api_rates=True)
        shown = result.to_csv() + repr(result.attrs) + pickle.dumps(result).decode("latin-1")
    except LeadlexError as error:
        shown = "\n".join([everything_of(error), *locals_of(error)]) if error.stats is not None else key
    said = capfd.readouterr()
    for text in (shown, said.out, said.err, caplog.text, *(str(record.__dict__) for record in caplog.records)):
        assert key.lower() not in text.lower()
        assert key[:12].lower() not in text.lower()
    assert caplog.records


def test_hostile_answers_are_what_they_seem(raw, read, waits):
    """Both ends of the list above: most fail, the last ones do not."""
    for hostile, reply in HOSTILE.items():
        fine = hostile in ("fine", "cookie", "header")
        try:
            assert fine == (read(raw(reply), "a", errors="coerce")["read_error"].isna().all()), hostile
        except LeadlexError:
            assert hostile in ("401", "403")


def test_nobody_listening(key, short_pauses):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(LeadlexError) as caught:
        leadlex_pandas.read_stats("a", api_key=key, base_url=url)
    assert key not in everything_of(caught.value)


def test_nothing_is_left_at_the_loggers(raw, read):
    loggers = [logging.getLogger(name) for name in ("urllib3.connection", "urllib3.connectionpool")]
    before = [list(logger.filters) for logger in loggers]
    read(raw(lambda request: stats_answer()), "a")
    assert [logger.filters for logger in loggers] == before


def test_no_object_shows_it(key):
    with leadlex_pandas.Client(key, base_url="http://127.0.0.1:9") as client:
        connection = client._connection
        transport = connection._transport
        steering = connection.steering([Request("stats", "a")])
        shown = [client, connection, transport, transport._key, transport._session, transport._template, steering]
        shown += [vars(one) for one in (client, connection, transport, steering)]
        shown += [connection.gate, gate._gates]
        assert key not in "".join(f"{one!r}{one!s}" for one in shown)
        for one in (client, transport._key):
            with pytest.raises(TypeError):
                pickle.dumps(one)
            with pytest.raises(TypeError):
                copy.deepcopy(one)


def test_not_even_to_those_who_print_the_variables_of_each_frame(raw, waits, key):
    """Errors of each kind, from each function: the frames between the caller and the failure hold no key."""
    server = raw(lambda request: answer(status="401 Unauthorized" if "b/" in request.target else "404 Not Found"))
    options = {"base_url": server.url}
    with leadlex_pandas.Client(key, **options) as client:
        calls = [
            lambda: leadlex_pandas.read_stats(["a"], api_key=key, **options),
            lambda: leadlex_pandas.read_stats(["b"], api_key=key, **options),
            lambda: leadlex_pandas.read_campaigns(api_key=key, **options),
            lambda: leadlex_pandas.read_accounts({"A": (key, ["a"]), "B": (key, ["b"])}, **options),
            lambda: client.read_stats(["a"]),
            lambda: client.read_campaigns(),
            lambda: client.get_stats("a"),
        ]
        for call in calls:
            with pytest.raises(LeadlexError) as caught:
                call()
            assert locals_of(caught.value)
            assert key not in "\n".join([everything_of(caught.value), *locals_of(caught.value)])


def test_a_debug_level_on_http_client_prints_no_header(raw, read, monkeypatch, key, capfd):
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    read(raw(lambda request: stats_answer()), "a", api_key=key)
    said = capfd.readouterr()
    assert key not in said.out + said.err


# --- which key is sent ---------------------------------------------------------------------------------------------


def sent(raw, read, **options):
    server = raw(lambda request: stats_answer())
    read(server, ["a", "b"], **options)
    headers = [request.headers["Authorization"] for request in server.requests]
    assert len(headers) == 2
    return set(headers)


@pytest.mark.parametrize("around", ["{}", " {}", "{}\n", "\r\n\t{} \n", "\u00a0{}\u2003"], ids=ascii)
@pytest.mark.parametrize("source", ["argument", "environment"])
def test_bearer_header(raw, read, monkeypatch, key, around, source):
    given = around.format(key)
    if source == "environment":
        monkeypatch.setenv("LEADLEX_API_KEY", given)
    assert sent(raw, read, api_key=given if source == "argument" else None) == {f"Bearer {key}"}


def test_netrc_does_not_replace_the_key(raw, read, monkeypatch, tmp_path, key):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\ndefault login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert sent(raw, read, api_key=key) == {f"Bearer {key}"}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_stands_before_this_machine(raw, read, monkeypatch, key, name, host):
    proxy, server = raw(lambda request: None), raw(lambda request: stats_answer())
    monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    read(server, "a", api_key=key, base_url=f"http://{host}:{server.port}")
    assert (len(server.requests), proxy.requests) == (1, [])


def test_proxy_stands_before_other_machines(raw, monkeypatch, short_pauses, key):
    """It is asked for a tunnel, and sees no key."""
    proxy = raw(lambda request: answer(b"", "403 Forbidden"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(leadlex_pandas.ConnectionFailedError) as caught:
        leadlex_pandas.read_stats("a", api_key=key, base_url="https://leadlex.invalid")
    assert str(caught.value) == (
        "campaign 'a': the proxy could not be reached or refused. "
        "Check the network, the proxy settings and base_url, then read it again."
    )
    assert {request.target for request in proxy.requests} == {"leadlex.invalid:443"}
    assert all("Authorization" not in request.headers for request in proxy.requests)
    assert key not in everything_of(caught.value)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_bundle_that_is_not_there(monkeypatch, tmp_path, short_pauses, key, name):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, str(tmp_path / "none.pem"))
    with pytest.raises(leadlex_pandas.ConnectionFailedError) as caught:
        leadlex_pandas.read_stats("a", api_key=key, base_url="https://127.0.0.1:9")
    assert str(caught.value) == (
        "campaign 'a': no secure connection, the CA bundle that the environment names could not be read. "
        "Check the network, the proxy settings and base_url, then read it again."
    )


def test_no_cookie_comes_back(raw, read):
    server = raw(lambda request: stats_answer().replace(b"\r\n", b"\r\nSet-Cookie: sid=1; Path=/\r\n", 1))
    read(server, ["a", "b", "c"], concurrency=1)
    assert [request.headers.get("Cookie") for request in server.requests] == [None] * 3


# --- keys that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u00a0", None], ids=ascii)
def test_no_key(own, blank):
    with pytest.raises(MissingKeyError) as caught:
        leadlex_pandas.read_stats("a", api_key=blank, base_url=own.url)
    assert str(caught.value) == (
        'read_stats: no API key. Pass api_key="wbk_..." or set the environment variable LEADLEX_API_KEY. Keys are '
        "made in LeadLex under Settings, API & Integrations, and need the permission campaigns:read. "
        "To try without one: from leadlex_pandas import sandbox; sandbox.start()."
    )
    assert own.calls == []


def test_blank_argument_is_not_replaced_by_the_environment(own, monkeypatch):
    monkeypatch.setenv("LEADLEX_API_KEY", own.api_key)
    with pytest.raises(MissingKeyError):
        leadlex_pandas.read_stats("a", api_key="", base_url=own.url)


@pytest.mark.parametrize(
    "inside", ["\n", "\r\nX: y", " ", "\t", "\x00", "\x7f", "ä", "\u200b", "\u00a0", "😀", "\ud800"], ids=ascii
)
def test_key_that_cannot_stand_in_a_header(own, key, inside):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats("a", api_key=key[:30] + inside + key[30:], base_url=own.url)
    assert str(caught.value) == (
        "read_stats: api_key must be ASCII text without spaces or control characters; the one given (not shown) "
        "is not. Copy it again from LeadLex."
    )
    assert own.calls == []
    assert key[:12] not in everything_of(caught.value)


@pytest.mark.parametrize("wrong", [b"wbk_secret", 5, ["wbk_secret"], {"wbk_secret": 1}], ids=ascii)
def test_key_that_is_no_text(own, wrong):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats("a", api_key=wrong, base_url=own.url)
    assert str(caught.value) == f"read_stats: api_key must be text, not {type(wrong).__name__}."
    assert own.calls == []


def test_counts_of_hostile_but_right_answers(raw, read, key):
    """What is planted beside them changes no number."""
    stats = read(raw(stats_echo), "a", api_key=key)
    assert stats[list(COUNTS)].iloc[0].to_dict() == COUNTS
