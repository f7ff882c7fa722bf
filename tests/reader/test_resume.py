"""`resume`: only what is missing is read, whatever the earlier read left behind."""

import pickle

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import (
    DeadlineExceededError,
    InputError,
    MissingKeyError,
    PartialReadError,
    RateMismatchWarning,
    ReadInterrupted,
)
from tests.reader.raw_server import stats_answer

GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def server(raw):
    """Answers all but "gone"; the count tells which call it was."""

    def reply(request):
        return GONE if request.campaign_id == "gone" else stats_answer(sent_count=5_000 + len(server.requests))

    server = raw(reply)
    return server


def partly(read, server, ids):
    with pytest.raises(PartialReadError) as caught:
        read(server, ids)
    server.requests.clear()
    return caught.value


@pytest.mark.parametrize("form", ["error", "frame", "pickled error", "csv", "coerced"])
def test_only_what_is_missing_is_read(server, read, tmp_path, form):
    error = partly(read, server, ["a", "gone", "b"])
    earlier = error.stats
    if form == "csv":
        earlier.to_csv(tmp_path / "stats.csv")
        earlier = pd.read_csv(tmp_path / "stats.csv", index_col="campaign_id")
    elif form == "coerced":
        earlier = read(server, ["a", "b", "gone"], errors="coerce")
        error.stats = earlier
        server.requests.clear()
    elif form != "frame":
        earlier = pickle.loads(pickle.dumps(error)) if form == "pickled error" else error
    stats = read(server, ["c", "b", "gone", "a"], resume=earlier, errors="coerce")
    assert list(stats.index) == ["c", "b", "gone", "a"]
    assert sorted(server.asked) == ["c", "gone"]
    kept = error.stats.loc[["a", "b"]]
    assert stats.loc[["a", "b"], "sent_count"].tolist() == kept["sent_count"].tolist()
    assert stats.loc[["a", "b"], "fetched_at"].tolist() == kept["fetched_at"].tolist()
    assert stats.loc["c", "fetched_at"] > kept["fetched_at"].max()
    assert stats["fetched_at"].dtype == "datetime64[us, UTC]"
    assert stats["read_error"].notna().tolist() == [False, False, True, False]
    assert stats.loc["a", "open_rate"] == 612 / stats.loc["a", "sent_count"]


def test_nothing_missing_needs_no_call(server, read):
    stats = read(server, ["a", "b"])
    again = read(server, ["b", "a"], resume=stats)
    pd.testing.assert_frame_equal(again, stats.loc[["b", "a"]])
    assert len(server.requests) == 2


def test_what_was_carried_then_is_carried_now(server, read):
    stats = read(server, {"a": "old name"})
    again = read(server, {"a": "new name", "b": "other"}, resume=stats)
    assert again["label"].tolist() == ["new name", "other"]


def test_an_interrupted_read_is_an_earlier_read_too(server, read):
    stats = read(server, ["a"])
    interrupted = ReadInterrupted(stats, {}, "read_stats", "1 of 2 campaigns")
    assert len(read(server, ["a", "b"], resume=interrupted)) == 2
    assert server.asked == ["a", "b"]


def test_failures_of_the_second_read_carry_the_rows_of_the_first(server, read):
    error = partly(read, server, ["a", "gone"])
    with pytest.raises(PartialReadError) as caught:
        read(server, ["a", "gone", "b"], resume=error)
    assert list(caught.value.stats.index) == ["a", "b"]
    with pytest.raises(DeadlineExceededError) as late:
        read(server, ["a", "gone", "b", "c"], resume=caught.value, deadline=1e-6)
    assert list(late.value.stats.index) == ["a", "b"]
    assert str(late.value).startswith("the deadline of 1e-06 s is over after 2 of 4 campaigns. ")


def test_rates_of_the_service_and_their_caveat_are_kept(raw, read):
    server = raw(lambda request: stats_answer(open_rate=0.6, click_rate=None))
    with pytest.warns(RateMismatchWarning):
        stats = read(server, ["a"], keep_api_rates=True)
    with pytest.warns(RateMismatchWarning):
        again = read(server, ["a"], resume=stats, keep_api_rates=True)
    pd.testing.assert_frame_equal(again, stats)
    without = read(server, ["a"], resume=stats.drop(columns=["api_open_rate", "api_click_rate", "api_reply_rate"]))
    assert without["caveats"].tolist() == ["api_rates_differ"]
    assert len(server.requests) == 1


def test_an_error_from_before_the_first_call_has_nothing_to_keep(server, read):
    assert len(read(server, ["a"], resume=MissingKeyError("read_stats"))) == 1
    assert len(read(server, ["a"], resume=KeyError("x"))) == 1
    assert len(server.requests) == 2


def test_rows_that_were_not_read_are_read(server, read):
    stats = read(server, ["a", "b", "c"])
    server.requests.clear()
    stats.loc["a", "replied_count"] = pd.NA
    stats.loc["b", "fetched_at"] = pd.NaT
    assert len(read(server, ["a", "b", "c"], resume=stats)) == 3
    assert sorted(server.asked) == ["a", "b"]


def test_of_an_id_that_comes_twice_the_first_row_counts(server, read):
    stats = read(server, ["a", "b"])
    twice = pd.concat([stats, stats.assign(sent_count=1)])
    assert read(server, ["a"], resume=twice)["sent_count"].tolist() == stats.loc[["a"], "sent_count"].tolist()


@pytest.mark.parametrize(
    ("resume", "said"),
    [
        ("a", "str"),
        (7, "int"),
        (["a"], "list"),
        (pd.Series([1]), "Series"),
        (pd.DataFrame({"sent_count": [1]}), "DataFrame without the columns of a read"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_earlier_read(server, resume, said):
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats("a", api_key="wbk_x", base_url=server.url, resume=resume)
    assert str(caught.value) == (
        f"read_stats: resume must be the frame of an earlier read, or the error that ended it, not {said}."
    )
    assert server.requests == []


@pytest.mark.parametrize(
    ("filter_", "kind"),
    [("error::leadlex_pandas.RateMismatchWarning", RateMismatchWarning)],
)
def test_a_warning_that_is_an_error_carries_what_was_read(raw, read, filter_, kind):
    server = raw(lambda request: stats_answer(open_rate=0.6))
    with pytest.raises(kind) as caught:
        read(server, ["a", "b"])
    assert list(caught.value.stats.index) == ["a", "b"]
