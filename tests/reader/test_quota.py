"""The plan and the day's calls: learned, shown, said before they are spent, and never overdrawn."""

import logging
import pickle
import threading
import time

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import Client, PartialReadError, Quota, QuotaExhaustedError, gate, sandbox
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import answer, stats_answer
from tests.reader.texts import RESUME

IDS = list(portfolio().counts.index)
MIDNIGHT = pd.Timestamp.now("UTC").normalize() + pd.Timedelta(days=1)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def plan():
    """Start sandboxes with a plan."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda name, **options: stack.enter_context(sandbox.start(plan=name, **options))


def limited(limit, remaining, resets_at=None, reply=None):
    """A right answer, or another, that tells these limits."""
    told = {"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": resets_at}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None)
    head, _, rest = (reply or stats_answer()).partition(b"\r\n")
    return head + b"\r\n" + lines.encode("latin-1") + rest


def quota_after(raw, *told):
    server = raw(lambda request: limited(*told))
    with Client("wbk_x", base_url=server.url) as client:
        assert client.quota == Quota(None, None, None, None)
        client.read_stats("a")
        return client.quota


@pytest.mark.parametrize(
    ("name", "limit", "per_minute"), [("starter", 100, 10), ("pro", 1_000, 50), ("org", 10_000, 200)]
)
def test_the_plan_follows_from_the_first_answer(plan, name, limit, per_minute):
    server = plan(name)
    with Client(server.api_key, base_url=server.url) as client:
        client.read_stats(IDS[:3])
        assert client.quota == Quota(limit, limit - 3, MIDNIGHT, per_minute)
        assert f"{client!r}" == f"<Client {server.url}, {limit - 3:,} calls left today>"


@pytest.mark.parametrize(
    ("told", "quota"),
    [
        ((None, None, None), Quota()),
        (("1000", "995", "1708905600"), Quota(1000, 995, pd.Timestamp("2024-02-26", tz="UTC"), 50)),
        (("500", "499", "1708905600"), Quota(500, 499, pd.Timestamp("2024-02-26", tz="UTC"), None)),
        (("1000", "-5", "soon"), Quota(1000, None, None, 50)),
        (("1e3", "9.5", "1708905600.5"), Quota()),
        (("1,000", "0x10", ""), Quota()),
        (("1000", "9" * 16, "1708905600000"), Quota(1000, None, None, 50)),  # milliseconds
        (("\u00b2\u00b3", "+9", " "), Quota()),
        (("1000, 1000", "1", "0"), Quota(None, 1, None, None)),
    ],
    ids=str,
)
def test_headers_that_are_no_plain_numbers_count_as_absent(raw, told, quota):
    assert quota_after(raw, *told) == quota


def test_remainder_is_the_smallest_told_since_answers_come_out_of_order(raw, read):
    left = iter([997, 999, 998])
    server = raw(lambda request: limited(1000, next(left), int(MIDNIGHT.timestamp())))
    with Client("wbk_x", base_url=server.url, concurrency=1) as client:
        client.read_stats(["a", "b", "c"])
        assert client.quota.remaining == 997


# --- never more than the plan allows --------------------------------------------------------------------------------


def calls_at_once(server_limit, reads):
    """How many calls come before a minute has passed, and whether reads wait for it."""
    seen = []

    def reply(request):
        seen.append(request.campaign_id)
        return limited(server_limit, 90, int(MIDNIGHT.timestamp()))

    return seen, reply


def test_two_clients_and_a_read_of_one_key_share_the_minute(raw):
    """The service would let in more: it is the reader that holds back at ten a minute."""
    seen, reply = calls_at_once(100, 3)
    server = raw(reply)
    options = {"api_key": "wbk_x", "base_url": server.url}

    def read(**more):
        with pytest.raises(leadlex_pandas.DeadlineExceededError):
            leadlex_pandas.read_stats([f"{threading.get_ident()}-{n}" for n in range(9)], deadline=1, **options)

    with Client(**options) as one, Client(**options) as two:
        one.read_stats(["a", "b", "c"])
        two.read_stats(["d", "e"])
        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert one.quota == two.quota
    assert len(seen) == 10


def test_another_key_has_a_minute_of_its_own(raw, read):
    seen, reply = calls_at_once(100, 2)
    server = raw(reply)
    for key in ("wbk_one", "wbk_two"):
        assert len(read(server, [f"{key}-{n}" for n in range(10)], api_key=key, deadline=5)) == 10
    assert len(seen) == 20


def test_ten_calls_at_most_before_the_first_answer(raw, read):
    def reply(request):
        time.sleep(0.2)
        return limited(100, 90)

    server = raw(reply)
    with pytest.raises(leadlex_pandas.DeadlineExceededError) as caught:
        read(server, [f"c{n}" for n in range(30)], concurrency=30, deadline=0.8)
    assert len(server.requests) == 10
    assert len(caught.value.stats) == 10


@pytest.mark.parametrize("counting", ["fixed", "sliding", "bucket"])
def test_sandbox_with_a_plan_refuses_nothing(plan, read, counting):
    server = plan("pro", counting=counting)
    assert len(read(server, server.campaigns)) == 40
    assert {call.status for call in server.calls} == {200}


# --- the day --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["raise", "coerce"])
def test_day_that_ends_in_the_middle(plan, read, mode):
    server = plan("pro")
    server.day_calls_left = 12
    with pytest.raises(QuotaExhaustedError) as caught:
        read(server, [*IDS[:5], "no such", *IDS[5:]], errors=mode, concurrency=1)
    error = caught.value
    assert isinstance(error, PartialReadError)
    assert list(error.stats.index) == IDS[:11]
    assert list(error.failures) == ["no such"]
    assert error.quota == Quota(1000, 0, MIDNIGHT, 50)
    assert str(error) == (
        f"the day's calls are used up after 11 of 41 campaigns (1 other failed). Calls come back at {MIDNIGHT:%Y-%m-%d %H:%M} UTC. "
        f"What was read is in .stats of this error. {RESUME}"
    )
    assert [call.status for call in server.calls].count(200) == 11
    assert len(server.calls) == 12  # not one that could only be refused
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.quota, len(again.stats)) == (str(error), error.quota, 11)


def test_local_time_is_told_with_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    quota = Quota(100, 0, pd.Timestamp("2026-11-25", tz="UTC"), 10)
    error = QuotaExhaustedError(pd.DataFrame(), {}, "read_stats", "2 of 4 campaigns", quota)
    assert "Calls come back at 2026-11-25 01:00 CET (00:00 UTC). " in str(error)


def test_last_call_of_the_day_for_the_last_campaign_is_no_error(plan, read):
    server = plan("pro")
    server.day_calls_left = 6
    assert len(read(server, IDS[:6])) == 6
    assert server.day_calls_left == 0


def test_next_read_asks_once_whether_calls_have_come_back(plan, read):
    """A plan may have been bought in the meantime; but no second call goes to a service that says no."""
    server = plan("pro")
    server.day_calls_left = 2
    for ids, calls in ((IDS[:4], 2), (IDS[2:9], 1), (IDS[2:9], 1)):
        before = len(server.calls)
        with pytest.raises(QuotaExhaustedError):
            read(server, ids, concurrency=2)
        assert len(server.calls) - before == calls
    server.day_calls_left = (
        500  # the smallest told for one reset counts: only another limit shows that the plan is another
    )
    server._service._limits.day.limit = 10_000
    server.day_calls_left = 500
    assert len(read(server, IDS[:9])) == 9


def test_refusal_that_ends_the_day(raw, read):
    """Somebody else used the last call: the refusal says so, and is waited for by nobody."""
    refusal = answer(b"", "429 Too Many Requests", Retry_After="30")
    reset = int(MIDNIGHT.timestamp())

    def reply(request):
        return limited(100, 0, reset, refusal) if len(server.requests) > 3 else limited(100, 50, reset)

    server = raw(reply)
    begin = time.monotonic()
    with pytest.raises(QuotaExhaustedError) as caught:
        read(server, [f"c{n}" for n in range(8)], concurrency=1)
    assert time.monotonic() - begin < 5
    assert list(caught.value.stats.index) == ["c0", "c1", "c2"]
    assert server.asked == ["c0", "c1", "c2", "c3"]


def test_what_is_refused_when_the_day_ends_is_missing_and_has_not_failed(raw, read):
    """All that are under way are refused: none of them is more of a failure than those that were never asked for."""
    refusal, reset = answer(b"", "429 Too Many Requests"), int(MIDNIGHT.timestamp())

    def reply(request):
        time.sleep(0.05)
        return limited(100, 0, reset, refusal)

    with pytest.raises(QuotaExhaustedError) as caught:
        read(raw(reply), [f"c{n}" for n in range(20)], concurrency=8)
    assert (len(caught.value.stats), dict(caught.value.failures)) == (0, {})


def test_remainder_of_nothing_with_a_reset_in_the_past_or_unknown_ends_nothing(raw, read):
    for reset in (None, "1708905600", "soon", "0", "9" * 15):
        server = raw(lambda request, reset=reset: limited(1000, 0, reset))
        assert len(read(server, ["a", "b", "c"], concurrency=1)) == 3
        gate._gates.clear()


# --- what is said ---------------------------------------------------------------------------------------------------


def test_shortage_is_said_after_the_first_answer(plan, read, capfd, caplog):
    caplog.set_level(logging.INFO, logger="leadlex_pandas")
    server = plan("pro")
    server.day_calls_left = 12
    with pytest.raises(QuotaExhaustedError):
        read(server, IDS, concurrency=1)
    said, *_ = capfd.readouterr().err.splitlines()
    assert said == (
        "40 campaigns: 40 calls are needed, but 12 are left today. What they suffice for is read; "
        f"calls come back at {MIDNIGHT:%Y-%m-%d %H:%M} UTC"
    )
    assert caplog.messages[0] == said


def test_long_reads_say_what_they_cost(raw, capfd, caplog):
    caplog.set_level(logging.INFO, logger="leadlex_pandas")
    server = raw(lambda request: limited(1000, 640 - len(server.requests), int(MIDNIGHT.timestamp())))
    options = {"api_key": "wbk_x", "base_url": server.url, "concurrency": 1, "deadline": 0.5}
    line = "200 campaigns at 50 a minute: about 3 min; 200 of the 640 calls left today"
    for progress, shown in ((None, True), (False, False)):
        gate._gates.clear()
        server.requests.clear()
        caplog.clear()
        with pytest.raises(leadlex_pandas.DeadlineExceededError):
            leadlex_pandas.read_stats([f"c{n}" for n in range(200)], progress=progress, **options)
        said = capfd.readouterr().err.splitlines()
        assert (line in said) is shown
        assert caplog.messages[0] == line
        assert {record.levelname for record in caplog.records} == {"INFO"}


def test_what_was_left_yesterday_is_not_said_today(raw, read, capfd):
    server = raw(lambda request: limited(1000, 3, "1708905600"))
    for _ in range(2):
        assert len(read(server, [f"c{n}" for n in range(9)])) == 9
    assert capfd.readouterr().err == ""


def test_short_reads_say_nothing(plan, read, capfd):
    server = plan("org")
    read(server, server.campaigns)
    assert capfd.readouterr() == ("", "")


def test_repeated_calls_are_said(own, read, capfd, short_pauses):
    own.fail(503, times=2)
    own.fail("drop", times=1)
    read(own, IDS)
    said = capfd.readouterr().err
    assert said.startswith("40 campaigns: 43 calls, 3 of them repeated, ")
    assert said.endswith(" s; 999,957 calls left today\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "about 1 s"), (41.4, "about 41 s"), (89, "about 89 s"), (180.2, "about 3 min"), (3000, "about 50 min"),
     (7260, "about 2 h 1 min")],
)  # fmt: skip
def test_times_as_one_would_say_them(seconds, text):
    from leadlex_pandas.reader.progress import about

    assert about(seconds) == text
