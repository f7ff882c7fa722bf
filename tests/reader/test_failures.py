"""Failing reads: what is tried again, what is kept, what is said."""

import socket
import threading
import time
from collections import Counter
from itertools import pairwise

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import (
    ApiError,
    CampaignNotFoundError,
    ConnectionFailedError,
    InvalidKeyError,
    MissingPermissionError,
    PartialReadError,
    ServerError,
)
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.raw_server import answer, stats_answer
from tests.reader.texts import TAIL, partial, refused, unexpected, unreached

COUNTS = portfolio().counts
IDS = list(COUNTS.index)
COUNT_COLUMNS = list(COUNTS.columns)
A, B, C = IDS[:3]
HTML_STATUSES = [502, 503, 504]


def assert_counts(stats, ids):
    pd.testing.assert_frame_equal(stats[COUNT_COLUMNS], COUNTS.loc[ids], check_index_type=False)


def calls(server):
    return Counter(call.campaign_id for call in server.calls)


def failing(kind, read, server, ids, **options):
    with pytest.raises(kind) as caught:
        read(server, ids, **options)
    assert type(caught.value) is kind
    return caught.value


# --- passing failures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [500, *HTML_STATUSES, "drop"])
@pytest.mark.parametrize("times", [1, 3])
def test_passing_failures_are_tried_again(own, read, short_pauses, kind, times):
    own.fail(kind, campaign_id=B, times=times)
    assert_counts(read(own, IDS[:5]), IDS[:5])
    assert calls(own) == {**dict.fromkeys(IDS[:5], 1), B: times + 1}


def test_any_calls_may_fail_once_each(own, read, waits):
    for kind in (500, 502, 503, 504, "drop", 429, "drop", 503):
        own.fail(kind, retry_after=0 if kind == 429 else None)
    assert_counts(read(own, IDS), IDS)
    assert len(own.calls) == 48


def test_pauses_grow_and_are_spread(own, read):
    own.fail(503, times=3)
    read(own, A)
    times = [call.at for call in own.calls]
    first, second, third = (later - earlier for earlier, later in pairwise(times))
    assert 0.125 <= first < 0.375 + 0.1
    assert 0.25 <= second < 0.75 + 0.1
    assert 0.5 <= third < 1.5 + 0.1


@pytest.mark.parametrize("kind", [500, *HTML_STATUSES, "drop"])
def test_lasting_failure_after_four_attempts(own, read, short_pauses, kind):
    own.fail(kind, campaign_id=B, times=None)
    error = failing(PartialReadError, read, own, IDS[:3])
    assert calls(own) == {A: 1, B: 4, C: 1}
    assert_counts(error.stats, [A, C])
    failure = error.failures[B]
    if kind == "drop":
        assert type(failure) is ConnectionFailedError
        assert str(failure) == unreached(B)
    else:
        code = "internal_error" if kind == 500 else None
        assert type(failure) is ServerError
        assert (failure.status, failure.code, failure.campaign_id) == (kind, code, B)
        assert str(failure) == refused(B, kind, code, failure.request_id)
        assert failure.request_id.startswith("req_")
    assert str(error) == partial(3, str(failure))
    assert list(error.failures) == [B]


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_one_campaign_that_always_drops_does_not_end_the_read(own, read, short_pauses, concurrency):
    own.latency = 0.01
    own.fail("drop", campaign_id=A, times=None)
    error = failing(PartialReadError, read, own, IDS, concurrency=concurrency)
    assert_counts(error.stats, IDS[1:])
    assert str(error) == partial(40, unreached(A))


def test_slow_answers_are_waited_for_while_another_campaign_drops(raw, read, short_pauses):
    def reply(request):
        if request.campaign_id == "a":
            return None
        time.sleep(0.3)
        return stats_answer()

    error = failing(PartialReadError, read, raw(reply), ["a", "b", "c", "d"], concurrency=2)
    assert list(error.stats.index) == ["b", "c", "d"]


@pytest.mark.parametrize("status", ["501 Not Implemented", "505 Version", "530 Down"])
def test_other_server_errors_are_not_tried_again(raw, read, status):
    server = raw(lambda request: answer(status=status))
    error = failing(PartialReadError, read, server, "a")
    assert type(error.failures["a"]) is ServerError
    assert str(error) == partial(1, refused("a", int(status[:3])))
    assert server.asked == ["a"]


# --- nothing to be reached ----------------------------------------------------------------------------------------


@pytest.fixture
def free_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("ids", [["a"], ["a", "b"], [f"c{place}" for place in range(50)]], ids=len)
def test_connection_refused(free_port, short_pauses, ids):
    with pytest.raises(ConnectionFailedError) as caught:
        leadlex_pandas.read_stats(ids, api_key="wbk_x", base_url=f"http://127.0.0.1:{free_port}")
    error = caught.value
    assert str(error) == unreached(ids[0])
    assert (len(error.stats), list(error.failures)) == (0, ids)
    assert error.stats.dtypes["sent_count"] == "Int64"
    reasons = {campaign_id: failure.reason for campaign_id, failure in error.failures.items()}
    tried, never = "the connection was refused or dropped", "not asked for, since the service could not be reached"
    assert reasons == {campaign_id: tried if place < 8 else never for place, campaign_id in enumerate(ids)}


@pytest.mark.parametrize(("concurrency", "attempts"), [(1, 8), (4, 16), (8, 32)])
def test_service_that_drops_all_is_left_alone_soon(own, read, short_pauses, concurrency, attempts):
    own.fail("drop", times=None)
    error = failing(ConnectionFailedError, read, own, IDS, concurrency=concurrency)
    assert list(error.failures) == IDS
    assert len(own.calls) == attempts


def test_unreachable_service_with_coerce_gives_rows(own, read, short_pauses):
    own.fail("drop", times=None)
    stats = read(own, {A: "first", B: "second"}, errors="coerce")
    assert stats["read_error"].to_dict() == {A: unreached(A), B: unreached(B)}
    assert stats["label"].tolist() == ["first", "second"]
    assert stats["fetched_at"].isna().all()


def test_answers_that_come_too_late(own, read, short_pauses):
    own.latency = 0.3
    error = failing(ConnectionFailedError, read, own, A, timeout=0.1)
    assert str(error) == unreached(A, "no answer within 0.1 s")
    assert calls(own) == {A: 4}


def test_answer_that_stops_half_way(raw, read, short_pauses):
    server = raw(lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    error = failing(ConnectionFailedError, read, server, "a", timeout=0.1)
    assert str(error) == unreached("a", "no answer within 0.1 s")
    assert server.asked == ["a"] * 4


def test_server_error_before_the_drops_means_that_it_was_reached(own, read, short_pauses):
    own.fail(503)
    own.fail("drop", times=None)
    assert str(failing(PartialReadError, read, own, A)) == partial(1, unreached(A))


# --- 401, 403, 404 and other 4xx ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["raise", "coerce"])
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(InvalidKeyError, 401, "invalid_key"), (MissingPermissionError, 403, "insufficient_permissions")],
)
def test_refused_key_ends_the_read_at_once(own, read, mode, kind, status, code):
    key = "wbk_wrong" if status == 401 else own.key_without_permission
    error = failing(kind, read, own, IDS, api_key=key, errors=mode, concurrency=1)
    assert str(error) == refused(IDS[0], status, code, error.request_id)
    assert (error.status, error.code, error.campaign_id) == (status, code, IDS[0])
    assert (len(error.stats), list(error.failures)) == (0, [IDS[0]])
    assert error.failures[IDS[0]] is error
    assert len(own.calls) == 1


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_what_was_under_way_is_kept_and_nothing_more_is_asked_for(raw, read, status):
    others = threading.Barrier(5)

    def reply(request):
        if request.campaign_id == "c4":
            others.wait(5)
            return answer(status=status)
        if request.campaign_id in ("c5", "c6", "c7", "c8"):
            others.wait(5)
            time.sleep(0.2)
            return answer(status=status) if request.campaign_id == "c7" else stats_answer()
        return stats_answer()

    server = raw(reply)
    ids = [f"c{place}" for place in range(50)]
    with pytest.raises(ApiError) as caught:
        read(server, ids, concurrency=5)
    kept = [campaign_id for campaign_id in ids if campaign_id in caught.value.stats.index]
    assert caught.value.campaign_id == "c4"
    assert {"c0", "c1", "c2", "c3", "c5", "c6", "c8"} <= set(kept) == set(caught.value.stats.index)
    assert list(caught.value.stats.index) == kept
    assert list(caught.value.failures) == ["c4", "c7"]
    assert set(server.asked) == {*kept, "c4", "c7"}
    assert len(server.asked) <= 10


def test_unknown_campaigns_are_asked_for_once(own, read):
    error = failing(PartialReadError, read, own, ["no such", A, "nor this"])
    assert calls(own) == {"no such": 1, A: 1, "nor this": 1}
    assert {type(failure) for failure in error.failures.values()} == {CampaignNotFoundError}
    said = [refused(i, 404, "campaign_not_found", failure.request_id) for i, failure in error.failures.items()]
    assert str(error) == partial(3, *said)
    assert_counts(error.stats, [A])


def test_ids_of_which_the_service_knows_none(own, raw, read):
    names = {f"name {place}": None for place in range(12)}
    error = failing(PartialReadError, read, own, list(names))
    head, *said, tail = str(error).split("\n")
    assert head == (
        "none of the 12 campaigns could be read, as the service knows none of these ids. Check base_url, and whether they "
        "are ids and not names (read_campaigns lists both):"
    )
    assert (len(said), said[-1], tail) == (11, "  and 2 more", TAIL)
    alone = failing(PartialReadError, read, own, ["name 1"])
    assert str(alone).startswith("1 of 1 campaigns could not be read:\n")
    otherwise = failing(PartialReadError, read, raw(lambda request: answer(status="418 Teapot")), ["a", "b"])
    assert str(otherwise).startswith("2 of 2 campaigns could not be read:\n")


@pytest.mark.parametrize("status", [400, 402, 405, 410, 418, 422, 451, 499])
def test_any_other_4xx_is_an_api_error_and_not_tried_again(raw, read, status):
    server = raw(lambda request: answer(b'{"error": {"code": "teapot"}}', f"{status} X", X_Request_ID="req_1"))
    error = failing(PartialReadError, read, server, "a")
    assert type(error.failures["a"]) is ApiError
    assert str(error) == partial(1, refused("a", status, "teapot", "req_1"))
    assert server.asked == ["a"]


# --- several at once ----------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(raw):
    """Every third campaign is read, the others fail in four ways."""
    kinds = {1: ("404 Not Found", 404), 2: ("418 Teapot", 418), 4: ("501 No", 501), 5: ("204 No Content", None)}

    def reply(request):
        kind = kinds.get(int(request.campaign_id) % 6)
        time.sleep(0.001 * (int(request.campaign_id) % 4))
        return answer(status=kind[0], X_Request_ID=f"r{request.campaign_id}") if kind else stats_answer()

    return raw(reply)


def _said(campaign_id):
    status = {1: 404, 2: 418, 4: 501}.get(int(campaign_id) % 6)
    if status is None:
        return unexpected(campaign_id, "its status is 204", f"r{campaign_id}")
    return refused(campaign_id, status, None, f"r{campaign_id}")


def test_failures_and_rows_in_the_order_of_ids(mixed, read):
    ids = [str(place) for place in reversed(range(12))]
    error = failing(PartialReadError, read, mixed, ids)
    wrong = [campaign_id for campaign_id in ids if int(campaign_id) % 3]
    assert list(error.stats.index) == ["9", "6", "3", "0"]
    assert list(error.failures) == wrong
    assert str(error) == partial(12, *map(_said, wrong))


def test_long_messages_are_cut(mixed, read):
    error = failing(PartialReadError, read, mixed, [str(place) for place in range(60)])
    assert len(error.failures) == 40
    named = [_said(campaign_id) for campaign_id in list(error.failures)[:10]]
    head, *reasons, more, tail = str(error).split("\n")
    assert head == "40 of 60 campaigns could not be read:"
    assert reasons == [f"  {said}" for said in named]
    assert (more, tail) == ("  and 30 more", TAIL)


def test_coerce_keeps_the_rows_with_the_reason(mixed, read):
    ids = {str(place): f"label {place}" for place in range(12)}
    stats = read(mixed, ids, errors="coerce", keep_api_rates=True)
    assert list(stats.index) == list(ids)
    assert stats["label"].to_dict() == ids
    assert stats.columns[-1] == "read_error"
    failed = stats["read_error"].notna()
    assert failed.to_dict() == {campaign_id: int(campaign_id) % 3 > 0 for campaign_id in ids}
    assert stats["read_error"][failed].to_dict() == {i: _said(i) for i in ids if int(i) % 3}
    assert stats.loc[failed].drop(columns=["label", "read_error", "caveats"]).isna().all(axis=None)
    assert set(stats.loc[failed, "caveats"]) == {""}
    whole = read(mixed, ["0"], keep_api_rates=True)
    assert stats.drop(columns=["label", "read_error"]).dtypes.to_dict() == whole.dtypes.to_dict()


def test_coerce_without_failures(own, read):
    stats = read(own, [A, B], errors="coerce")
    assert stats["read_error"].isna().all()
    assert_counts(stats, [A, B])
