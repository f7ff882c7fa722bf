"""What a sceptical reader tried: each of these once lost a row, a key, or a lot of time."""

import socket
import subprocess
import sys
import time
import traceback
import tracemalloc
import warnings

import pandas as pd
import pytest
import requests

import leadlex_pandas
from leadlex_pandas import (
    Client,
    ConnectionFailedError,
    InputError,
    LeadlexError,
    PartialReadError,
    RateMismatchWarning,
    ReadInterrupted,
)
from tests.reader.raw_server import answer, stats_answer

KEY = "wbk_CANARY" + "x" * 20


def test_resume_takes_the_ids_from_a_column_as_from_the_index(raw, read, tmp_path):
    server = raw(lambda request: stats_answer())
    stats = read(server, ["a", "b"])
    stats.to_csv(tmp_path / "stats.csv")
    server.requests.clear()
    assert len(read(server, ["a", "b", "c"], resume=pd.read_csv(tmp_path / "stats.csv"))) == 3
    assert server.asked == ["c"]


def test_resume_of_several_accounts_says_how_to_take_one(raw, read):
    server = raw(lambda request: stats_answer())
    stats = leadlex_pandas.read_accounts({"A": ("wbk_a", ["x"]), "B": ("wbk_b", ["x"])}, base_url=server.url)
    with pytest.raises(InputError) as caught:
        read(server, ["x"], resume=stats)
    assert str(caught.value) == (
        "read_stats: resume has the campaigns of several accounts. Pass those of one: stats.xs('Client A'), "
        "or error.failures['Client A']."
    )
    server.requests.clear()
    assert len(read(server, ["x"], resume=stats.xs("A"))) == 1
    assert server.requests == []


def test_a_drip_through_a_session_of_ones_own_ends_too(raw):
    def reply(request):
        if request.campaign_id == "ok":
            yield stats_answer()
            return
        yield b"HTTP/1.1 200 OK\r\nX-Slow: "
        while True:
            time.sleep(0.1)
            yield b"x"

    server = raw(reply)
    options = {"base_url": server.url, "timeout": 0.3, "concurrency": 2, "max_attempts": 1}
    with requests.Session() as session, Client("wbk_x", session=session, **options) as client:
        begin = time.monotonic()
        stats = client.read_stats(["ok", *"abcde"], errors="coerce", progress=False)
    assert time.monotonic() - begin < 15
    assert stats["sent_count"].notna().tolist() == [True, *[False] * 5]
    assert (
        stats["read_error"]
        .tolist()[-1]
        .startswith("campaign 'e': not asked for, since no worker came back within 0.3 s.")
    )


def test_a_redirect_is_not_read_with_a_session_of_ones_own(raw):
    def reply(request):
        yield b"HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nContent-Length: 60000000\r\n\r\n"
        for _ in range(60):
            yield b"x" * 1_000_000

    with requests.Session() as session, Client("wbk_x", base_url=raw(reply).url, session=session) as client:
        tracemalloc.start()
        stats = client.read_stats("a", errors="coerce")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert not session.cookies
    assert stats["read_error"].notna().all()
    assert peak < 20_000_000


@pytest.mark.parametrize("trouble", ["no IPv6", "first address swallows all"])
def test_an_address_that_is_no_use_leaves_time_for_the_next(raw, monkeypatch, trouble):
    server = raw(lambda request: stats_answer())
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        bad = (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())
        if trouble == "no IPv6":
            bad = (12_345, socket.SOCK_STREAM, 6, "", ("::1", server.port))  # a family that the kernel does not know
        monkeypatch.setattr("leadlex_pandas.sockets.socket.getaddrinfo", lambda *_, **__: [bad, good])
        try:
            stats = leadlex_pandas.read_stats("a", api_key="wbk_x", base_url="http://localhost", timeout=2)
            assert len(stats) == 1
        finally:
            for one in waiting:
                one.close()


def test_a_name_cut_in_the_middle_of_a_character(raw):
    body = b'{"data": {"campaigns": [{"id": "a", "name": "x \\ud83d"}, {"id": "b", "name": "ok"}]}}'
    server = raw(lambda request: answer(body))
    campaigns = leadlex_pandas.read_campaigns(api_key="wbk_x", base_url=server.url)
    assert campaigns["label"].tolist() == ["x ?", "ok"]


def test_a_label_cut_in_the_middle_of_a_character(raw, read):
    server = raw(lambda request: stats_answer())
    with pytest.raises(InputError) as caught:
        read(server, {"a": "x \ud83d"})
    assert str(caught.value) == (
        "read_stats: a label holds half of a character. Mend it with label.encode('utf-8', 'replace').decode()."
    )
    assert server.requests == []


def test_the_environment_does_not_overrule_a_session(monkeypatch):
    from leadlex_pandas.transport import _settings

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "environment.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://environment.invalid:1")
    with requests.Session() as session:
        found = _settings(session, "https://leadlex.invalid")
        assert (found["verify"], found["proxies"]["https"]) == ("environment.pem", "http://environment.invalid:1")
        session.verify, session.proxies = "mine.pem", {"https": "http://mine.invalid:1"}
        found = _settings(session, "https://leadlex.invalid")
        assert (found["verify"], found["proxies"]["https"]) == ("mine.pem", "http://mine.invalid:1")


def test_a_socks_proxy_without_its_library_is_a_proxy_that_cannot_be_reached(monkeypatch, short_pauses):
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:9")
    with pytest.raises(ConnectionFailedError) as caught:
        leadlex_pandas.read_stats("a", api_key="wbk_x", base_url="https://leadlex.invalid", timeout=1)
    assert caught.value.reason in ("the proxy could not be reached or refused", "the connection was refused or dropped")


_LATE = """
import os, signal, sys, threading, time
import leadlex_pandas
ids = [f"c{i}" for i in range(3000)]
def at_the_end(done, total):
    if done == total:
        delay = float(sys.argv[2])
        threading.Thread(target=lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGINT)), daemon=True).start()
try:
    stats = leadlex_pandas.read_stats(ids, api_key="wbk_x", base_url=sys.argv[1], progress=at_the_end)
    time.sleep(1)
except leadlex_pandas.ReadInterrupted as error:
    print("kept", len(error.stats))
except KeyboardInterrupt:
    print("after the read" if "stats" in globals() else "lost")
"""


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.01, 0.02])
def test_an_interrupt_after_the_last_answer_keeps_all_rows(raw, delay):
    server = raw(lambda request: stats_answer())
    command = [sys.executable, "-c", _LATE, server.url, str(delay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() in ("kept 3000", "after the read"), done.stderr


def test_an_interrupt_while_the_list_is_put_together_keeps_it(raw, monkeypatch):
    from leadlex_pandas.reader.directory import DirectoryTask

    body = b'{"data": {"campaigns": [{"id": "a"}, {"id": "b"}]}}'
    put_together, times = DirectoryTask._frame, iter([KeyboardInterrupt])

    def interrupted(self):
        for error in times:
            raise error
        return put_together(self)

    monkeypatch.setattr(DirectoryTask, "_frame", interrupted)
    with pytest.raises(ReadInterrupted) as caught:
        leadlex_pandas.read_campaigns(api_key="wbk_x", base_url=raw(lambda request: answer(body)).url)
    assert list(caught.value.stats.index) == ["a", "b"]


def test_an_interrupt_between_ticket_and_call_shuts_nobody_out(raw, monkeypatch):
    from leadlex_pandas import gate

    server = raw(lambda request: stats_answer())
    take = gate.Gate.take

    def interrupted(self, now):
        take(self, now)
        raise KeyboardInterrupt

    monkeypatch.setattr(gate.Gate, "take", interrupted)
    with pytest.raises(ReadInterrupted):
        leadlex_pandas.read_stats("a", api_key="wbk_x", base_url=server.url)
    monkeypatch.undo()
    assert len(leadlex_pandas.read_stats(["a", "b"], api_key="wbk_x", base_url=server.url, deadline=5)) == 2


def test_a_warning_that_is_an_error_loses_no_account(raw):
    server = raw(lambda request: stats_answer(open_rate=0.6 if request.campaign_id == "odd" else 0.491))
    accounts = {"A": ("wbk_a", ["x", "y"]), "B": ("wbk_b", ["odd"]), "C": ("wbk_c", ["x"])}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RateMismatchWarning) as caught:
            leadlex_pandas.read_accounts(accounts, base_url=server.url)
    assert len(caught.value.stats) == 4


def test_mistakes_in_arguments_show_no_key_to_those_who_print_frames():
    here = {"base_url": "http://127.0.0.1:9"}
    calls = [
        lambda: leadlex_pandas.read_stats([".."], api_key=KEY, **here),
        lambda: leadlex_pandas.read_stats("a", api_key=KEY, timeout=0, **here),
        lambda: leadlex_pandas.read_stats("a", api_key=KEY, base_url="nonsense"),
        lambda: leadlex_pandas.read_stats("a", api_key=f"{KEY} and more", **here),
        lambda: leadlex_pandas.read_campaigns(api_key=KEY, status="x", **here),
        lambda: leadlex_pandas.read_accounts({"A": (KEY, [".."])}, **here),
        lambda: leadlex_pandas.read_accounts({"A": (KEY, ["a"]), "B": (" ", ["a"])}, **here),
        lambda: leadlex_pandas.read_accounts({"A": (KEY, ["a"]), "B": KEY}, **here),
        lambda: Client(KEY, concurrency=0, **here),
    ]
    for call in calls:
        with pytest.raises(LeadlexError) as caught:
            call()
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        ours = [frame for frame in shown.stack if "leadlex_pandas/" in frame.filename and "tests" not in frame.filename]
        assert ours
        assert KEY not in "".join(str(frame.locals) for frame in ours)


def test_one_stray_refusal_is_no_limit_for_ever():
    from leadlex_pandas.pacing import Limits, Pace

    pace = Pace()
    pace.answered(pace.sent(0.0), 0.0, Limits())
    pace.refused(pace.sent(0.0), 0.0, None, Limits())
    pace.answered(pace.sent(1.0), 1.0, Limits())
    assert pace.per_minute is not None
    assert pace.pause(400.0) == 0
    assert (pace.per_minute, pace.guessed) == (None, False)


def test_failures_of_a_gateway_are_tried_again(raw, read, short_pauses):
    server = raw(lambda request: answer(status="522 Timed Out") if len(server.requests) < 3 else stats_answer())
    assert len(read(server, "a")) == 1
    with pytest.raises(PartialReadError):
        read(raw(lambda request: answer(status="522 Timed Out")), "a")
