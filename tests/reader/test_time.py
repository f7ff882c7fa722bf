"""A bound on each attempt as a whole, on the whole read, and what Ctrl-C leaves behind."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import leadlex_pandas
from leadlex_pandas import ConnectionFailedError, DeadlineExceededError, InputError, PartialReadError
from tests.reader.raw_server import COUNTS, stats_answer
from tests.reader.texts import RESUME, unreached

RIGHT = stats_answer()
HEAD, BODY = RIGHT.split(b"\r\n\r\n")


def drip(content, seconds=0.02, before=b""):
    """A byte at a time, for ever: the last one again and again."""
    yield before
    for byte in content:
        yield bytes([byte])
        time.sleep(seconds)
    while True:
        yield content[-1:]
        time.sleep(seconds)


ENDLESS = {
    "body": lambda request: drip(b" ", before=b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    "body without length": lambda request: drip(b" ", before=b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    "chunks": lambda request: drip(b"1\r\n \r\n" * 9, before=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "header": lambda request: drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "status line": lambda request: drip(b"HTTP/1.1 200 O"),
    "interim answers": lambda request: drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, 0.001),
    "nothing": lambda request: iter(lambda: time.sleep(0.05) or b"", None),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_attempt_ends_in_time_however_slowly_it_goes_on(raw, read, short_pauses, kind):
    server = raw(ENDLESS[kind])
    begin = time.monotonic()
    with pytest.raises(ConnectionFailedError) as caught:
        read(server, "a", timeout=0.3)
    assert str(caught.value) == unreached("a", "no answer within 0.3 s")
    assert server.asked == ["a"] * 4
    assert time.monotonic() - begin < 4 * 0.3 + 2  # with some patience for this machine
    assert worker_threads() == []


def test_half_an_answer_without_a_length_is_no_answer(raw, read, short_pauses):
    """It parses as it stands, and ends where the attempt was ended: still nobody knows whether it was all."""

    def reply(request):
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY
        while True:
            time.sleep(0.02)
            yield b" "

    with pytest.raises(ConnectionFailedError):
        read(raw(reply), "a", timeout=0.3)


def test_slow_but_in_time(raw, read):
    def reply(request):
        for byte in RIGHT:
            yield bytes([byte])
            time.sleep(0.0005)

    assert read(raw(reply), "a", timeout=20)["sent_count"].tolist() == [1247]


def test_slow_answers_do_not_hold_up_the_others(raw, read):
    server = raw(lambda request: ENDLESS["header"](request) if request.campaign_id == "slow" else RIGHT)
    with pytest.raises(PartialReadError) as caught:
        read(server, ["slow", *(f"c{place}" for place in range(200))], timeout=0.5, concurrency=4)
    assert (len(caught.value.stats), list(caught.value.failures)) == (200, ["slow"])


def test_tls_handshake_that_never_comes(short_pauses):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError) as caught:
            leadlex_pandas.read_stats("a", api_key="wbk_x", base_url=url, timeout=0.2)
    assert str(caught.value) == unreached("a", "no answer within 0.2 s")


def test_connection_that_is_never_accepted(short_pauses):
    """The backlog is full: the kernel answers no further connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        try:
            with pytest.raises(ConnectionFailedError) as caught:
                leadlex_pandas.read_stats(
                    "a", api_key="wbk_x", base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2
                )
            assert str(caught.value) == unreached("a", "no answer within 0.2 s")
        finally:
            for one in waiting:
                one.close()


def test_name_server_that_never_answers(monkeypatch, short_pauses):
    """Nothing can interrupt a look-up: its worker is left to itself, and the read goes on."""
    asked, over = [], threading.Event()

    def never(host, *_, **__):
        asked.append(host)
        over.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr("leadlex_pandas.sockets.socket.getaddrinfo", never)
    begin = time.monotonic()
    try:
        with pytest.raises(DeadlineExceededError):
            leadlex_pandas.read_stats(
                ["a", "b"], api_key="wbk_x", base_url="https://leadlex.invalid", timeout=0.1, deadline=2.5
            )
        assert time.monotonic() - begin < 4
        assert set(asked) == {"leadlex.invalid"}
    finally:
        over.set()
    wait_for(lambda: worker_threads() == [])


def worker_threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("leadlex_")]


def wait_for(condition, seconds=5):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    assert condition()


# --- deadline ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["raise", "coerce"])
def test_deadline_keeps_what_came(raw, read, mode):
    def reply(request):
        if request.campaign_id == "gone":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if request.campaign_id.startswith("slow"):
            return drip(b" ")
        return RIGHT

    server = raw(reply)
    begin = time.monotonic()
    with pytest.raises(DeadlineExceededError) as caught:
        read(server, ["a", "gone", "slow1", "b", "slow2", "c"], deadline=0.6, errors=mode, concurrency=2)
    assert time.monotonic() - begin < 2
    error = caught.value
    assert list(error.stats.index) == ["a", "b"]
    assert list(error.failures) == ["gone"]
    assert str(error) == (
        "the deadline of 0.6 s is over after 2 of 6 campaigns (1 other failed). "
        f"What was read is in .stats of this error. {RESUME}"
    )
    assert error.deadline == 0.6
    wait_for(lambda: worker_threads() == [])


def test_deadline_that_suffices(own, read):
    assert len(read(own, own.campaigns, deadline=30)) == 40


def test_deadline_before_anything_was_heard(raw, read):
    with pytest.raises(DeadlineExceededError) as caught:
        read(raw(lambda request: drip(b" ")), "a", deadline=0.2)
    assert (len(caught.value.stats), dict(caught.value.failures)) == (0, {})
    assert caught.value.stats.dtypes["sent_count"] == "Int64"


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), float("inf"), "1", True])
def test_deadlines_that_are_none(deadline):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats("a", api_key="wbk_x", deadline=deadline)
    assert str(caught.value) == f"read_stats: deadline must be a number above 0, not {deadline!r}."


# --- Ctrl-C --------------------------------------------------------------------------------------------------------

_READER = """
import sys, threading, time
import leadlex_pandas
print("go", flush=True)
try:
    ids = [f"c{i}" for i in range(50)]
    leadlex_pandas.read_stats(ids, api_key="wbk_x", base_url=sys.argv[1])
except KeyboardInterrupt as error:
    print(type(error).__name__, len(error.stats), error, flush=True)
until = time.monotonic() + 2
while [t for t in threading.enumerate() if t.name.startswith("leadlex_")] and time.monotonic() < until:
    time.sleep(0.01)
print([t.name for t in threading.enumerate() if t is not threading.main_thread()], flush=True)
"""

HANGING = {
    "before the answer": lambda request: iter(lambda: time.sleep(0.05) or b"", None),
    "in the headers": ENDLESS["header"],
    "in the body": ENDLESS["body"],
}


@pytest.mark.parametrize("where", HANGING)
def test_ctrl_c_ends_the_workers_too(raw, where):
    server = raw(lambda request: RIGHT if request.campaign_id in ("c0", "c1") else HANGING[where](request))
    with subprocess.Popen([sys.executable, "-c", _READER, server.url], stdout=subprocess.PIPE, text=True) as reader:
        try:
            assert reader.stdout.readline() == "go\n"
            wait_for(lambda: len(server.requests) >= 10, 20)
            time.sleep(0.2)
            begin = time.monotonic()
            reader.send_signal(signal.SIGINT)
            said = reader.stdout.readline()
            assert time.monotonic() - begin < 2
            assert said.startswith("ReadInterrupted 2 interrupted after 2 of 50 campaigns. ")
            assert reader.stdout.readline() == "[]\n"
            assert time.monotonic() - begin < 4
            assert reader.wait(5) == 0
        finally:
            reader.kill()
    assert len(server.requests) == 10  # the two, and eight under way


def test_interrupt_at_any_moment_loses_no_row_and_no_place(raw, monkeypatch):
    """Interrupt between any two steps of the steering; what the service was asked for and answered is kept."""
    from leadlex_pandas import steering

    server = raw(lambda request: RIGHT)
    for moment in range(1, 60, 4):
        left = [moment]
        take = steering.Steering._take

        def counted(self, call, outcome, left=left, take=take):
            take(self, call, outcome)
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt

        monkeypatch.setattr(steering.Steering, "_take", counted)
        with pytest.raises(leadlex_pandas.ReadInterrupted) as caught:
            leadlex_pandas.read_stats([f"c{i}" for i in range(80)], api_key="wbk_x", base_url=server.url)
        monkeypatch.undo()
        assert moment <= len(caught.value.stats) <= moment + 8
        assert caught.value.stats["sent_count"].eq(json.loads(BODY)["data"]["stats"]["sent_count"]).all()
        done = leadlex_pandas.read_stats(
            [f"c{i}" for i in range(80)], api_key="wbk_x", base_url=server.url, resume=caught.value
        )
        assert len(done) == 80
    assert set(done.loc["c0", list(COUNTS)].to_dict().items()) == set(COUNTS.items())
