"""Reading in a thread: how it ends, what it keeps, and what is asked for again."""

import threading
import time
from dataclasses import replace

import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from pandas.testing import assert_frame_equal

from leadlex_pandas import (
    Client,
    InvalidKeyError,
    PartialReadError,
    Quota,
    QuotaExhaustedError,
    ReadInterrupted,
    sandbox,
)
from leadlex_pandas.errors import CampaignNotFoundError, local_and_utc
from leadlex_pandas.explorer import explore
from leadlex_pandas.explorer.loader import Loader, carried, cost_text, fresh, merged
from leadlex_pandas.explorer.opening import _Reader
from leadlex_pandas.explorer.widget import Explorer

NOW = pd.Timestamp.now("UTC")


def ids(*names):
    return pd.DataFrame(index=pd.Index(names, name="campaign_id"))


def rows(*names, sent=100, age="0s"):
    return pd.DataFrame(
        {"sent_count": sent, "replied_count": 4, "fetched_at": NOW - pd.Timedelta(age)},
        index=pd.Index(names, name="campaign_id"),
    )


def reached(told, seconds=10):
    """Tell whether something comes about in time."""
    end = time.monotonic() + seconds
    while not told() and time.monotonic() < end:
        time.sleep(0.01)
    return told()


def test_one_read_at_a_time_and_old_rows_stay_meanwhile():
    going, told = threading.Event(), []

    def read(wanted, *, resume, max_age, progress):
        progress(1, 3)
        assert going.wait(10)
        return rows("a", "b", "c", sent=200)

    loader = Loader(read, lambda: told.append(loader.now.status))
    loader.data = rows("a", "b")
    assert loader.start(ids("a", "b", "c"), None)
    assert not loader.start(ids("a", "b", "c"), None)
    assert loader.busy
    assert list(loader.data["sent_count"]) == [100, 100]
    going.set()
    assert loader.wait(10)
    assert (loader.now.status, loader.now.done, loader.now.missing, told[-1]) == ("ready", 3, (), "ready")
    assert list(loader.data["sent_count"]) == [200, 200, 200]


def test_any_error_is_kept_and_costs_nothing_that_was_there():
    def read(wanted, **options):
        raise ZeroDivisionError("odd")

    loader = Loader(read, lambda: None)
    loader.data = rows("a")
    loader.start(ids("a", "b"), None)
    assert loader.wait(10)
    assert (loader.now.status, repr(loader.now.error)) == ("error", "ZeroDivisionError('odd')")
    assert_frame_equal(loader.data, rows("a"))


def test_cancel_ends_a_read_that_only_waits():
    with sandbox.start() as server:
        explorer = explore(server.campaigns.head(3), api_key=server.api_key, base_url=server.url)
        assert explorer.wait(30)
        server.fail(429, times=None, retry_after=60)
        explorer.reading.age.value = pd.Timedelta(0)
        explorer.reading.reload.click()
        assert reached(lambda: explorer._loader.now.note.startswith("waiting"))
        explorer.reading.cancel.click()
        assert explorer.wait(5)
        assert explorer.status == "cancelled"
        assert len(explorer.view) == 3
        explorer.close()


def test_retry_asks_only_for_what_is_missing():
    with sandbox.start() as server, Client(server.api_key, base_url=server.url, max_attempts=1) as client:
        first, second, third = server.campaigns.index[:3]
        server.fail(503, campaign_id=second)
        reader = _Reader(client, None, None)  # as `explore` makes one, but it does not try again by itself
        explorer = Explorer(ids=ids(first, second, third), read=reader, client=reader)
        assert explorer.wait(30)
        assert (explorer.status, list(explorer.failures)) == ("partial", [second])
        assert list(explorer.data.index) == [first, third]
        before = len(server.calls)
        explorer.reading.retry.click()
        assert explorer.wait(30)
        assert [call.campaign_id for call in server.calls[before:]] == [second]
        assert (explorer.status, list(explorer.data.index)) == ("ready", [first, second, third])
        explorer.close()


def test_reload_reads_only_what_is_older_than_chosen():
    with sandbox.start() as server:
        stats = explore(server.campaigns.head(4), api_key=server.api_key, base_url=server.url)
        assert stats.wait(30)
        old = stats.data.copy()
        stats.close()
        old.loc[old.index[:2], "fetched_at"] -= pd.Timedelta("3h")
        explorer = old.leadlex.explore(api_key=server.api_key, base_url=server.url)
        assert "Reads 2 of 4 campaigns: 2 calls" in explorer.reading.told.value
        before = len(server.calls)
        explorer.reading.reload.click()
        assert explorer.wait(30)
        assert sorted(call.campaign_id for call in server.calls[before:]) == sorted(old.index[:2])
        assert "no call is needed" in explorer.reading.told.value
        assert list(explorer.data["label"]) == list(old["label"])
        explorer.close()


def test_what_came_stands_in_the_place_of_what_was_there():
    old, came = rows("a", "b", "x", sent=1), rows("c", "b", sent=2)
    both = merged(old, came, pd.Index(["a", "b", "c"]))
    assert both["sent_count"].to_dict() == {"a": 1, "b": 2, "c": 2, "x": 1}
    assert list(both.index) == ["a", "b", "c", "x"]
    assert merged(None, came, came.index) is came


def test_fresh_and_carried():
    data = pd.concat([rows("a", age="2h"), rows("b", age="1min")]).assign(office="Berlin")
    assert list(fresh(data, pd.Timedelta("1h")).index) == ["b"]
    assert fresh(data, pd.Timedelta("0s")) is None
    assert fresh(data.drop(columns="fetched_at"), pd.Timedelta("1h")) is None
    assert list(carried(data).columns) == ["office"]


@pytest.mark.parametrize(
    ("calls", "quota", "text"),
    [
        (0, Quota(), "Every campaign is fresh enough: no call is needed."),
        (1, Quota(100, 37), "Reads 1 of 40 campaigns: 1 call of the 37 left today."),
        (34, Quota(), "Reads 34 of 40 campaigns: 34 calls; how many are left today is told by the first."),
    ],
)
def test_the_cost_is_said_first(calls, quota, text):
    assert cost_text(calls, 40, quota) == text


def test_what_was_said_of_a_read_ends_with_the_next_one():
    going, calls = threading.Event(), []

    def read(wanted, *, resume, max_age, progress):
        calls.append(resume)
        if len(calls) == 1:
            raise PartialReadError(rows("a"), {"b": CampaignNotFoundError(404, None, "b", None)}, "read_stats")
        progress.look("waiting until 12:00")
        progress.look("")
        assert going.wait(10)
        return rows("a", "b")

    explorer = Explorer(ids=ids("a", "b"), read=read)
    assert explorer.wait(10)
    assert "1 campaign could not be read: 1 not found (404)." in explorer._parts["alert"].value
    explorer.reading.retry.click()
    assert explorer._painter.wait(10)
    assert explorer._parts["alert"].value == ""
    status = explorer._parts["status"].value
    assert 'data-reading="true"' in status
    assert ">Reading. " in status
    assert reached(lambda: "waiting" not in explorer._parts["status"].value)
    assert reached(lambda: "waiting" not in explorer.reading.told.value)
    going.set()
    assert explorer.wait(10)
    assert "Reading" not in explorer._parts["status"].value
    explorer.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            InvalidKeyError(401, "invalid_key", "a", None),
            "Then open the explorer again. What was read before is kept.",
        ),
        (MemoryError("too much"), "MemoryError: too much. What was read before is kept."),
        (SystemExit(2), "SystemExit: 2. What was read before is kept."),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (ReadInterrupted(rows("b", sent=200), {}, "read_stats", "1 of 2"), "Cancelled: 1 of 2 were read, which are kept. Rows of the others"),
        (
            PartialReadError(rows("b", sent=200), {"a": CampaignNotFoundError(404, None, "a", None)}),
            "1 campaign could not be read: 1 not found (404). These are a. Their rows of an earlier read are kept.",
        ),
    ],
)  # fmt: skip
def test_old_rows_stay_however_a_read_ends(error, told):
    def read(wanted, **options):
        raise error

    explorer = Explorer(rows("a", "b"), ids=ids("a", "b"), read=read)
    assert explorer.wait(10)
    assert told in explorer._parts["alert"].value
    sends = {"a": 100, "b": 200 if getattr(error, "stats", None) is not None else 100}
    assert explorer.data["sent_count"].to_dict() == sends
    assert explorer.view["trials"].to_dict() == sends
    explorer.close()


def test_a_campaign_that_was_there_twice_is_there_once_when_it_was_read():
    old = rows("a", "a", "b", sent=1)
    assert merged(old, rows("a", "b", sent=2), old.index)["sent_count"].to_dict() == {"a": 2, "b": 2}
    assert list(merged(old, rows("a", "b", sent=2), old.index).index) == ["a", "b"]


def test_a_group_that_vanishes_with_a_read_is_told_and_can_be_left():
    explorer = Explorer(
        rows("a", "b", "c", "d").assign(kind=list("xxyy")), ids=ids("a", "b", "c", "d"), by="kind",
        read=lambda wanted, **options: rows("a", "b", "c", "d", sent=300),
    )  # fmt: skip
    assert explorer.wait(10)
    assert "by=&#x27;kind&#x27; is no column" in explorer._parts["alert"].value
    explorer.controls.by.value = ""
    assert explorer.wait(10)
    assert explorer._parts["alert"].value == ""
    assert explorer.view["trials"].tolist() == [300] * 4
    explorer.close()


def test_the_key_is_nowhere(monkeypatch):
    key = "wbk_" + "s3cret" * 4
    with sandbox.start() as server:
        explorer = explore(server.campaigns.head(2), api_key=key, base_url=server.url)
        assert explorer.wait(30)
        assert explorer.status == "error"
        told = [
            repr(explorer),
            str(explorer.state()),
            explorer.code,
            repr(explorer.last_error),
            explorer._static_html(),
        ]
        told += [repr(explorer._loader.now), str(explorer._loader.now.error), repr(vars(explorer.reading))]
        told += [part.value for part in explorer._parts.values()] + [explorer.reading.told.value]
        told += [repr(each.get_state()) for each in _instances.values()]
        assert "401" in explorer._parts["alert"].value
        assert key not in " ".join(told)
        explorer.close()


def test_buttons_can_be_pressed_when_they_do_something(monkeypatch):
    going, back = threading.Event(), pd.Timestamp.now("UTC") + pd.Timedelta("2h")

    def read(wanted, **options):
        assert going.wait(10)
        raise QuotaExhaustedError(rows("a"), {}, "read_stats", "1 of 2", Quota(100, 0, back))

    def can_be_pressed():
        return [
            not each.disabled for each in (explorer.reading.reload, explorer.reading.cancel, explorer.reading.retry)
        ]

    explorer = Explorer(ids=ids("a", "b"), read=read)
    assert can_be_pressed() == [False, True, False]
    going.set()
    assert explorer.wait(10)
    assert can_be_pressed() == [True, False, False]
    assert f"Calls come back at {local_and_utc(back)}." in explorer.reading.told.value
    monkeypatch.setattr(explorer._loader, "now", replace(explorer._loader.now, retry_at=pd.Timestamp.now("UTC")))
    explorer.reading.show()
    assert can_be_pressed() == [True, False, True]
    assert "come back" not in explorer.reading.told.value
    explorer.close()


def test_what_waits_is_shown_literally():
    going = threading.Event()

    def read(wanted, *, progress, **options):
        progress.look("waiting for <b>")
        assert going.wait(10)
        return rows("a")

    explorer = Explorer(ids=ids("a"), read=read)
    assert reached(lambda: "waiting for &lt;b&gt;" in explorer.reading.told.value)
    told = "Reading: waiting for &lt;b&gt;. Nothing has been read yet.</div>"
    assert reached(lambda: told in explorer._parts["status"].value)
    going.set()
    assert explorer.wait(10)
    explorer.close()
