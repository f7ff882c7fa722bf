"""429: everybody waits, one call knocks, and what waiting cannot mend ends the read with all rows."""

import time

import pytest

from leadlex_pandas import PartialReadError, RateLimitError
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import answer, stats_answer
from tests.reader.texts import partial, refused

IDS = list(portfolio().counts.index)


def refusal(retry_after=None):
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return answer(b'{"error": {"code": "rate_limited"}}', "429 Too Many Requests", X_Request_ID="req_1", **headers)


def test_all_calls_wait_as_long_as_asked(own, read):
    own.fail(429, retry_after=1)
    stats = read(own, IDS[:4], concurrency=2)
    assert (list(stats.index), stats["sent_count"].isna().any()) == (IDS[:4], False)
    refused_at = next(call.at for call in own.calls if call.status == 429)
    later = [call.at - refused_at for call in own.calls if call.at > refused_at]
    under_way = [gap for gap in later if gap < 1]
    assert len(under_way) < 3  # what the other worker had sent before the refusal was heard of
    assert max(under_way, default=0) < 0.2
    assert len(own.calls) == 5


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("0", 0), ("0.25", 0.25), ("3", 3), (" 7 ", 7), ("007", 7), ("90", 90), ("90.0", 90)],
)
def test_the_time_that_was_asked_for(raw, read, waits, retry_after, seconds):
    replies = iter([refusal(retry_after)])
    server = raw(lambda request: next(replies, None) or stats_answer())
    read(server, "a")
    assert seconds - 0.2 < waits.slept <= seconds + 0.1
    assert server.asked == ["a", "a"]


@pytest.mark.parametrize(
    "retry_after",
    [None, "", "-5", "soon", "inf", "nan", "1e3", "0x10", "1_000", "5;6", "+5", "\u00b2", "1,5"],
    ids=ascii,
)
def test_absent_or_unreadable_means_one_second(raw, read, waits, retry_after):
    replies = iter([refusal(retry_after)])
    server = raw(lambda request: next(replies, None) or stats_answer())
    read(server, "a")
    assert 0.8 < waits.slept <= 1.1
    assert server.asked == ["a", "a"]


@pytest.mark.parametrize("retry_after", ["90.5", "91", "3600", "9" * 30, "9" * 400])
@pytest.mark.parametrize("mode", ["raise", "coerce"])
def test_too_long_a_wait_ends_the_read(raw, read, waits, retry_after, mode):
    server = raw(lambda request: refusal(retry_after) if len(server.requests) > 2 else stats_answer())
    ids = [f"c{place}" for place in range(30)]
    said = {campaign_id: refused(campaign_id, 429, "rate_limited", "req_1") for campaign_id in ids[2:]}
    if mode == "coerce":
        stats = read(server, ids, errors="coerce", concurrency=1)
        assert stats["read_error"].dropna().to_dict() == said
    else:
        with pytest.raises(PartialReadError) as caught:
            read(server, ids, concurrency=1)
        error = caught.value
        assert {campaign_id: str(failure) for campaign_id, failure in error.failures.items()} == said
        assert {type(failure) for failure in error.failures.values()} == {RateLimitError}
        assert {failure.retry_after for failure in error.failures.values()} == {float(retry_after)}
        assert {failure.campaign_id for failure in error.failures.values()} == set(said)
        assert list(error.failures) == ids[2:]
        assert list(error.stats.index) == ids[:2]
    assert server.asked == ["c0", "c1", "c2"]
    assert waits.slept == 0


def test_the_next_read_does_not_ask_before_that_time_either(raw, read, waits):
    server = raw(lambda request: refusal("3600"))
    for ids in (["a", "b"], ["c"]):
        with pytest.raises(PartialReadError) as caught:
            read(server, ids)
        assert list(caught.value.failures) == ids
    assert caught.value.failures["c"].retry_after == pytest.approx(3600, abs=5)
    assert str(caught.value) == partial(1, refused("c", 429))
    assert set(server.asked) <= {"a", "b"}
    waits.slept += 3590
    server._reply = lambda request: stats_answer()
    assert len(read(server, "c")) == 1


def test_what_was_under_way_is_kept_when_the_wait_is_too_long(raw, read):
    def reply(request):
        if request.campaign_id == "a":
            return refusal("120")
        time.sleep(0.2)
        return stats_answer()

    with pytest.raises(PartialReadError) as caught:
        read(raw(reply), ["a", "b", "c", "d", "e"], concurrency=3)
    assert list(caught.value.stats.index) == ["b", "c"]
    assert list(caught.value.failures) == ["a", "d", "e"]


def test_a_campaign_that_is_always_refused_keeps_no_other_waiting(own, read, waits):
    own.fail(429, campaign_id=IDS[1], times=None)
    with pytest.raises(PartialReadError) as caught:
        read(own, IDS[:12])
    failure = caught.value.failures[IDS[1]]
    assert type(failure) is RateLimitError
    assert str(caught.value) == partial(12, refused(IDS[1], 429, "rate_limited", failure.request_id))
    assert len(caught.value.stats) == 11
    calls = [call.campaign_id for call in own.calls]
    assert calls.count(IDS[1]) < 35  # every 15 s for five minutes, and some before
    assert len(calls) == 11 + calls.count(IDS[1])


def test_after_five_minutes_of_refusals_the_read_ends(own, read, waits):
    own.fail(429, times=None)
    stats = read(own, IDS, errors="coerce")
    assert stats["read_error"].str.contains(": 429 rate_limited (request req_", regex=False).all()
    assert 285 <= waits.slept <= 301
    assert len(own.calls) <= 8 + 22


def test_refusals_are_no_attempts(own, read, waits):
    own.fail(429, times=5, retry_after=0)
    own.fail(503, times=3)
    assert len(read(own, IDS[0])) == 1
    assert [call.status for call in own.calls] == [429] * 5 + [503] * 3 + [200]
