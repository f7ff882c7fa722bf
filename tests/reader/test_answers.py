"""Answers that are not the documented one."""

import json
import time
import tracemalloc
import zlib

import pytest

from leadlex_pandas import ConnectionFailedError, PartialReadError, UnexpectedResponseError
from tests.reader.raw_server import COUNTS, answer, stats_answer
from tests.reader.texts import partial, refused, unexpected, unreached

RIGHT = json.dumps({"data": {"stats": COUNTS}}).encode()


def failure_of(read, server, **options):
    """The one failure, after checking that it was asked for once and is all that the error tells."""
    with pytest.raises(PartialReadError) as caught:
        read(server, "a", **options)
    failure = caught.value.failures["a"]
    assert str(caught.value) == partial(1, str(failure))
    assert server.asked == ["a"]
    return failure


def stats_with(name, literal):
    """A right answer but for one field, which is a piece of JSON as it stands."""
    return RIGHT.replace(f'"{name}": {COUNTS[name]}'.encode(), f'"{name}": {literal}'.encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Hello</body></html>", "it is a web page, not JSON"),
        (b"\n <!doctype html>", "it is a web page, not JSON"),
        (RIGHT.decode().encode("utf-16"), "it is not JSON"),
        (RIGHT.decode().encode("utf-16-le"), "it is not JSON"),
        (RIGHT.decode().encode("utf-32"), "it is not JSON"),
        (b"", "it is not JSON"),
        (b"  \n", "it is not JSON"),
        (RIGHT[:-1], "it is not JSON"),
        (RIGHT + b"x", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b'{"data": "caf\xe9"}', "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"a":' * 100_000, "it is not JSON"),
        (b"[]", "it has no data.stats"),
        (b"[" + RIGHT + b"]", "it has no data.stats"),
        (b"null", "it has no data.stats"),
        (b"5", "it has no data.stats"),
        (b'"data"', "it has no data.stats"),
        (b"{}", "it has no data.stats"),
        (b'{"stats": {}}', "it has no data.stats"),
        (b'{"data": null}', "it has no data.stats"),
        (b'{"data": []}', "it has no data.stats"),
        (b'{"data": "stats"}', "it has no data.stats"),
        (b'{"data": {}}', "it has no data.stats"),
        (b'{"data": {"stats": null}}', "its data.stats is not an object"),
        (b'{"data": {"stats": []}}', "its data.stats is not an object"),
        (b'{"data": {"stats": "x"}}', "its data.stats is not an object"),
        (b'{"data": {"stats": {}}}', "sent_count is missing"),
        (b" " * 2**20 + RIGHT, "it is longer than 1 MiB"),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_bodies(raw, read, body, reason):
    failure = failure_of(read, raw(lambda request: answer(body, X_Request_ID="req_1")))
    assert type(failure) is UnexpectedResponseError
    assert (failure.campaign_id, failure.reason, failure.request_id) == ("a", reason, "req_1")
    assert str(failure) == unexpected("a", reason, "req_1")


@pytest.mark.parametrize("name", COUNTS)
def test_missing_count(raw, read, name):
    body = json.dumps({"data": {"stats": {key: value for key, value in COUNTS.items() if key != name}}})
    failure = failure_of(read, raw(lambda request: answer(body.encode())))
    assert str(failure) == unexpected("a", f"{name} is missing")


NUMBERS = ["null", "-1", "-1e-300", "0.5", "89.5", '"89"', "true", "false", "1e400", "-1e400", "NaN", "Infinity", "{}"]
NUMBERS += ["[89]", str(2**53 + 1), "9.1e15", "1" * 4000]


@pytest.mark.parametrize("literal", NUMBERS, ids=lambda text: text[:12])
@pytest.mark.parametrize("name", ["sent_count", "replied_count", "unsubscribed_count"])
def test_counts_that_are_none(raw, read, name, literal):
    failure = failure_of(read, raw(lambda request: answer(stats_with(name, literal))))
    assert type(failure) is UnexpectedResponseError
    assert str(failure) == unexpected("a", f"{name} is not a whole number from 0 to 2^53")


@pytest.mark.parametrize("literal", ["1" * 5000, "[" * 50_000 + "]" * 50_000], ids=len)
def test_counts_that_python_does_not_parse(raw, read, literal):
    failure = failure_of(read, raw(lambda request: answer(stats_with("sent_count", literal))))
    assert str(failure) == unexpected("a", "it is not JSON")


@pytest.mark.filterwarnings("ignore::leadlex_pandas.InconsistentCountsWarning")
@pytest.mark.parametrize(
    ("literal", "count"), [("3.0", 3), ("0", 0), ("-0", 0), ("-0.0", 0), ("1e2", 100), (str(2**53), 2**53)]
)
def test_counts_that_are_fine(raw, read, literal, count):
    stats = read(raw(lambda request: answer(stats_with("unsubscribed_count", literal))), "a", errors="coerce")
    assert stats["unsubscribed_count"].tolist() == [count]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (RIGHT, "text/html"),
        (RIGHT, "application/json; charset=no-such"),
        (RIGHT, "image/png"),
        (RIGHT, ""),
        (b"\xef\xbb\xbf" + RIGHT, "application/json"),
        (b" \r\n\t" + RIGHT + b"\n", "application/json"),
        (json.dumps({"data": {"stats": {**COUNTS, "new": "ü"}, "more": []}, "meta": {}}).encode(), "application/json"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_right_answers_in_odd_wrappings(raw, read, body, content_type):
    stats = read(raw(lambda request: answer(body, Content_Type=content_type)), "a")
    assert stats[list(COUNTS)].iloc[0].to_dict() == COUNTS


# --- statuses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 226, 300, 304, 399, 600, 999])
def test_statuses_that_are_neither_200_nor_an_error(raw, read, status):
    body = b"" if status in (204, 304) else RIGHT
    failure = failure_of(read, raw(lambda request: answer(body, f"{status} X", X_Request_ID="req_1")))
    assert type(failure) is UnexpectedResponseError
    assert str(failure) == unexpected("a", f"its status is {status}", "req_1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(raw, read, status):
    other = raw(lambda request: stats_answer())
    server = raw(lambda request: answer(b"", f"{status} Moved", Location=other.url + request.target))
    failure = failure_of(read, server)
    assert str(failure) == unexpected("a", f"its status is {status}")
    assert other.requests == []


@pytest.mark.parametrize(
    "location", ["http://x/\xff\xfe", "http://[::1/", "/v1/campaigns/b/stats", "http://a..b/", "", "http://h:99999999/"]
)
def test_redirects_to_nowhere(raw, read, location):
    failure = failure_of(read, raw(lambda request: answer(b"", "302 Found", Location=location)))
    assert str(failure) == unexpected("a", "its status is 302")


@pytest.mark.parametrize("status", ["103 Early Hints", "102 Processing", "101 Switching Protocols"])
def test_answer_after_an_interim_one_is_nobody_elses(raw, read, status):
    """The real answer, which follows, must not become the next campaign's row."""

    def reply(request):
        yield f"HTTP/1.1 {status}\r\nLink: </style.css>\r\n\r\n".encode()
        time.sleep(0.05)
        yield stats_answer(sent_count=5_000)

    server = raw(lambda request: reply(request) if request.campaign_id == "a" else stats_answer())
    with pytest.raises(PartialReadError) as caught:
        read(server, ["a", "b", "c"], concurrency=1)
    assert str(caught.value) == partial(3, unexpected("a", f"its status is {status[:3]}"))
    assert caught.value.stats["sent_count"].to_dict() == {"b": 1247, "c": 1247}


def test_continue_is_skipped(raw, read):
    stats = read(raw(lambda request: b"HTTP/1.1 100 Continue\r\n\r\n" + stats_answer()), ["a", "b"], concurrency=1)
    assert stats["sent_count"].tolist() == [1247, 1247]


# --- what is no HTTP -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + RIGHT,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + RIGHT,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"garbage\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 2000 High\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        b"",
    ],
    ids=lambda reply: ascii(reply)[:50],
)
def test_broken_answers_are_dropped_connections(raw, read, short_pauses, reply):
    server = raw(lambda request: [reply, None])
    with pytest.raises(ConnectionFailedError) as caught:
        read(server, "a")
    assert str(caught.value) == unreached("a")
    assert server.asked == ["a"] * 4


def test_truncated_answer_is_asked_for_again(raw, read, short_pauses):
    def reply(request):
        if len(server.requests) == 1:
            yield b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + RIGHT
            yield None
        yield stats_answer()

    server = raw(reply)
    assert len(read(server, "a")) == 1
    assert server.asked == ["a", "a"]


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}", "InvalidHeader"),
        (answer(RIGHT, Content_Encoding="gzip"), "ContentDecodingError"),
    ],
    ids=["two lengths", "no gzip"],
)
def test_answers_that_requests_cannot_read(raw, read, reply, name):
    failure = failure_of(read, raw(lambda request: reply))
    assert str(failure) == unexpected("a", f"it could not be read ({name})")


# --- what the service says about its errors -----------------------------------------------------------------------


def told(raw, read, body=b"", **headers):
    failure = failure_of(read, raw(lambda request: answer(body, "404 Not Found", **headers)))
    assert str(failure) == refused("a", 404, failure.code, failure.request_id)
    return failure


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "campaign_not_found", "message": "x", "details": {}}}, "campaign_not_found"),
        ({"error": "campaign_not_found"}, "campaign_not_found"),
        ({"code": "campaign_not_found"}, "campaign_not_found"),
        ({"code": "campaign_not_found", "error": "Not Found"}, "campaign_not_found"),
        ({"code": "campaign_not_found", "error": {"message": "Not found."}}, "campaign_not_found"),
        ({"code": "campaign_not_found", "error": True}, "campaign_not_found"),
        ({"code": "outer", "error": {"code": "inner"}}, "inner"),
        ({"error": {"code": 404}}, None),
        ({"error": None, "code": None}, None),
        ({"error": []}, None),
        ({"message": "campaign_not_found"}, None),
        (["campaign_not_found"], None),
        ("campaign_not_found", None),
        (None, None),
    ],
    ids=str,
)
def test_code_wherever_it_stands(raw, read, body, code):
    assert told(raw, read, json.dumps(body).encode()).code == code


@pytest.mark.parametrize(
    "code",
    ["Not_Found", "x" * 81, "x" * 1000, "a b", "a\nb", "\x1b[31mred", "", "ü", "a\n", "<b>", "\u202ered"],
    ids=ascii,
)
def test_odd_codes_are_not_repeated(raw, read, code):
    assert told(raw, read, json.dumps({"error": {"code": code}}).encode()).code is None


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"\xff", b"[" * 100_000, b'{"code": "x"}' + b" " * 2**20, b"1" * 5000], ids=len
)
def test_bodies_of_errors_that_say_nothing(raw, read, body):
    assert told(raw, read, body).code is None


@pytest.mark.parametrize("request_id", ["req_1", "A-b.c:9", "x" * 200])
def test_request_ids(raw, read, request_id):
    assert told(raw, read, X_Request_ID=request_id).request_id == request_id


@pytest.mark.parametrize("request_id", ["x" * 201, "a b", "<script>", "\xff", "", "a\tb", "\x1b[31m", "a'b"], ids=ascii)
def test_odd_request_ids_are_not_repeated(raw, read, request_id):
    assert told(raw, read, X_Request_ID=request_id).request_id is None


# --- answers that are too much --------------------------------------------------------------------------------------


def bomb(encoding):
    """64 MiB of nothing in a few KiB, and how its answer begins."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    body = b"".join(packed.compress(b" " * 2**20) for _ in range(64)) + packed.flush()
    return answer(body, Content_Encoding=encoding, X_Request_ID="req_1")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_bombs_end_at_1_mib(raw, read, encoding):
    reply = bomb(encoding)
    server = raw(lambda request: reply)
    tracemalloc.start()
    try:
        failure = failure_of(read, server)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(failure) == unexpected("a", "it is longer than 1 MiB", "req_1")
    assert peak < 40 * 2**20


def test_endless_fast_bodies_end_at_1_mib(raw, read):
    def reply(request):
        yield b"HTTP/1.1 200 OK\r\nX-Request-ID: req_1\r\n\r\n"
        while True:
            yield b" " * 65536

    failure = failure_of(read, raw(reply))
    assert str(failure) == unexpected("a", "it is longer than 1 MiB", "req_1")


def test_length_that_promises_too_much_is_not_believed(raw, read, short_pauses):
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n" + RIGHT
    with pytest.raises(ConnectionFailedError):
        read(raw(lambda request: [reply, None]), "a", timeout=5)


def test_right_answers_that_are_compressed(raw, read):
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packed.compress(RIGHT) + packed.flush()
    stats = read(raw(lambda request: answer(body, Content_Encoding="gzip")), ["a", "b"])
    assert stats["sent_count"].tolist() == [1247, 1247]


def test_a_flood_of_hostile_answers_costs_no_right_row(raw, read, short_pauses):
    """All kinds at once, over shared connections: each campaign has its own numbers, or its own failure."""
    kinds = [
        lambda number: stats_answer(sent_count=5_000 + number),
        lambda number: answer(b"<html>"),
        lambda number: answer(RIGHT[:-1]),
        lambda number: None,
        lambda number: answer(RIGHT, "204 No Content"),
        lambda number: b"HTTP/1.1 103 Early Hints\r\n\r\n" + stats_answer(sent_count=1),
        lambda number: answer(RIGHT, Content_Encoding="gzip"),
        lambda number: answer(b" " * 2**20 + RIGHT),
        lambda number: answer(stats_with("sent_count", "-1")),
        lambda number: [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + RIGHT, None],
    ]
    server = raw(lambda request: kinds[int(request.campaign_id) % len(kinds)](int(request.campaign_id)))
    ids = [str(number) for number in range(300)]
    stats = read(server, ids, errors="coerce", progress=False)
    right = [campaign_id for campaign_id in ids if int(campaign_id) % len(kinds) == 0]
    assert stats["sent_count"].dropna().to_dict() == {campaign_id: 5_000 + int(campaign_id) for campaign_id in right}
    assert stats["read_error"].notna().tolist() == [campaign_id not in right for campaign_id in ids]
