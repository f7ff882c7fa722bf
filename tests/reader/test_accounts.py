"""Several accounts side by side: each under its own key and limits, a failing one reported, the rest kept."""

import time

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import (
    DeadlineExceededError,
    InputError,
    InvalidKeyError,
    MissingKeyError,
    PartialReadError,
    QuotaExhaustedError,
    ReadInterrupted,
)
from tests.reader.raw_server import answer, stats_answer
from tests.reader.texts import refused


def key_of(request):
    return request.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def server(raw):
    """Knows every campaign; the sends tell whose key asked; "wbk_expired" is refused, "gone" is not there."""

    def reply(request):
        if key_of(request) == "wbk_expired":
            return answer(status="401 Unauthorized")
        if request.campaign_id == "gone":
            return answer(status="404 Not Found")
        return stats_answer(sent_count=5_000 + len(key_of(request)))

    return raw(reply)


def read(server, accounts, **options):
    return leadlex_pandas.read_accounts(accounts, base_url=server.url, **options)


def test_every_account_with_its_own_key(server):
    accounts = {"B": ("wbk_bb", ["y", "x", "y"]), "A": ("wbk_a", {"x": "Label"})}
    stats = read(server, accounts)
    assert stats.index.names == ["account", "campaign_id"]
    assert stats.index.tolist() == [("B", "y"), ("B", "x"), ("A", "x")]
    assert stats["sent_count"].tolist() == [5006, 5006, 5005]
    assert stats["sent_count"].dtype == "Int64"
    assert stats["label"].tolist()[2] == "Label"
    assert stats["label"].isna().tolist() == [True, True, False]
    assert stats.leadlex.add_intervals("reply_rate")["reply_rate_low"].notna().all()


def test_it_is_the_frames_of_read_stats_together(server):
    one, two = (leadlex_pandas.read_stats(["x", "y"], api_key=key, base_url=server.url) for key in ("wbk_a", "wbk_bb"))
    stats = read(server, {"A": ("wbk_a", ["x", "y"]), "B": ["wbk_bb", ["x", "y"]]})
    expected = pd.concat({"A": one, "B": two}, names=["account", "campaign_id"])
    pd.testing.assert_frame_equal(stats.drop(columns="fetched_at"), expected.drop(columns="fetched_at"))


def test_they_are_read_side_by_side(raw):
    def slow(request):
        time.sleep(0.2)
        return stats_answer()

    server = raw(slow)
    read(server, {f"A{n}": (f"wbk_{n}", ["x", "y"]) for n in range(6)}, concurrency=1)
    assert server.most_at_once == 6


def test_a_minute_of_its_own_each(raw):
    limits = b"HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 80"
    server = raw(lambda request: stats_answer().replace(b"HTTP/1.1 200 OK", limits))
    stats = read(server, {name: (f"wbk_{name}", [f"c{n}" for n in range(10)]) for name in "abc"}, deadline=10)
    assert len(stats) == 30


def test_a_failing_key_is_reported_and_the_rest_kept(server):
    accounts = {"A": ("wbk_a", ["x", "gone"]), "B": ("wbk_expired", ["x", "y"]), "C": ("wbk_c", ["x"])}
    with pytest.raises(PartialReadError) as caught:
        read(server, accounts, concurrency=1)
    error = caught.value
    assert error.stats.index.tolist() == [("A", "x"), ("C", "x")]
    assert list(error.failures) == ["A", "B"]
    assert type(error.failures["A"]) is PartialReadError
    assert list(error.failures["A"].failures) == ["gone"]
    assert type(error.failures["B"]) is InvalidKeyError
    assert str(error) == (
        "2 accounts could not be read in full:\n"
        "  account 'A': 1 of 2 campaigns could not be read:\n"
        f"  account 'B': {refused('x', 401)}\n"
        "What was read is in .stats of this error, the error of each account in .failures, with its own .stats and "
        ".failures. To go on with one account: read_stats(ids, api_key=..., resume=error.failures[account])."
    )
    again = leadlex_pandas.read_stats(["x", "z"], api_key="wbk_a", base_url=server.url, resume=error.failures["A"])
    assert list(again.index) == ["x", "z"]


def test_coerce_keeps_a_row_for_every_campaign(server):
    accounts = {"A": ("wbk_a", ["x", "gone"]), "B": ("wbk_expired", ["x", "y"])}
    stats = read(server, accounts, errors="coerce", concurrency=1)
    assert stats.index.tolist() == [("A", "x"), ("A", "gone"), ("B", "x"), ("B", "y")]
    assert stats["read_error"].isna().tolist() == [True, False, False, False]
    assert stats["read_error"].tolist()[1:] == [refused("gone", 404), refused("x", 401), refused("x", 401)]


def test_an_account_without_calls_left(raw):
    midnight = int(pd.Timestamp.now("UTC").normalize().timestamp()) + 86_400

    def reply(request):
        left = 0 if key_of(request) == "wbk_poor" else 90
        limits = f"HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: {left}\r\nX-RateLimit-Reset: {midnight}"
        return stats_answer().replace(b"HTTP/1.1 200 OK", limits.encode())

    accounts = {"poor": ("wbk_poor", ["x", "y"]), "rich": ("wbk_rich", ["x", "y"])}
    server = raw(reply)
    with pytest.raises(PartialReadError) as caught:
        read(server, accounts, concurrency=1, progress=False)
    assert type(caught.value) is PartialReadError
    assert caught.value.stats.index.tolist() == [("poor", "x"), ("rich", "x"), ("rich", "y")]
    assert type(caught.value.failures["poor"]) is QuotaExhaustedError
    stats = read(server, accounts, concurrency=1, progress=False, errors="coerce")
    assert stats["read_error"].notna().tolist() == [False, True, False, False]


def test_deadline_and_interrupt_carry_all_rows(raw):
    def reply(request):
        if request.campaign_id == "slow":
            time.sleep(1)
        return stats_answer()

    accounts = {"A": ("wbk_a", ["x", "slow"]), "B": ("wbk_b", ["x", "y"])}
    with pytest.raises(DeadlineExceededError) as late:
        read(raw(reply), accounts, deadline=0.4)
    assert late.value.stats.index.tolist() == [("A", "x"), ("B", "x"), ("B", "y")]
    assert str(late.value) == (
        "the deadline of 0.4 s is over after 3 of 4 campaigns. What was read is in .stats of this error."
    )

    def stop(done, total):
        assert total == 4
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(ReadInterrupted) as caught:
        read(raw(reply), accounts, progress=stop)
    assert len(caught.value.stats) == 3
    assert str(caught.value) == "interrupted after 3 of 4 campaigns. What was read is in .stats of this error."


def test_no_accounts_and_no_campaigns(server):
    for accounts in ({}, {"A": ("wbk_a", [])}):
        stats = read(server, accounts)
        assert (len(stats), stats.index.names) == (0, ["account", "campaign_id"])
        assert stats.dtypes["sent_count"] == "Int64"
    assert server.requests == []


@pytest.mark.parametrize(
    ("accounts", "text"),
    [
        ([("A", "wbk_canary", ["x"])], "accounts must be a mapping from a name to (api_key, ids), not list."),
        ({1: ("wbk_canary", ["x"])}, "the name of an account must be a non-empty text, not 1."),
        ({"": ("wbk_canary", ["x"])}, "the name of an account must be a non-empty text, not ''."),
        ({"A": "wbk_canary"}, "account 'A' must be (api_key, ids), not str."),
        ({"A": ("wbk_canary",)}, "account 'A' must be (api_key, ids), not tuple."),
    ],
    ids=str,
)
def test_what_is_no_mapping_of_accounts(server, accounts, text):
    with pytest.raises(InputError) as caught:
        read(server, accounts)
    assert str(caught.value) == f"read_accounts: {text}"


def test_what_is_wrong_with_one_account_names_it_before_any_call(server):
    with pytest.raises(MissingKeyError) as blank:
        read(server, {"A": ("wbk_a", ["x"]), "B": (" ", ["x"])})
    assert str(blank.value).startswith("read_accounts: account 'B': no API key. ")
    with pytest.raises(InputError) as wrong:
        read(server, {"A": ("wbk_a", ["x"]), "B": ("wbk_b", ["x", ".."])})
    assert str(wrong.value).startswith("read_accounts: account 'B': ids[1] must be one path segment, not '..': ")
    assert server.requests == []
