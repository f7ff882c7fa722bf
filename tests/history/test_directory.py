"""What is known of campaigns beside their counts: kept with its time, a row only when something changed."""

import pandas as pd
import pytest
import sqlalchemy
from pandas.testing import assert_frame_equal

import leadlex_pandas
from leadlex_pandas import InputError, sandbox
from tests.history.snapshots import START, stats

DAY = pd.Timedelta("1D")


def campaigns(ids, **columns):
    index = pd.Index(ids, name="campaign_id", dtype=str)
    kinds = {"label": str, "status": str, "track_opens": "boolean", "track_clicks": "boolean", "created_at": None}
    series = {name: pd.Series(values, index=index, dtype=kinds.get(name, "Int64")) for name, values in columns.items()}
    return pd.DataFrame(series, index=index)


def notes(url):
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        number = connection.scalar(sqlalchemy.text("SELECT count(*) FROM leadlex_directory"))
    engine.dispose()
    return number


@pytest.fixture(scope="module")
def listed():
    with sandbox.start() as server:
        yield leadlex_pandas.read_campaigns(details=True, api_key=server.api_key, base_url=server.url, progress=False)


def test_the_directory_is_what_was_read(history, url, listed):
    assert history.record_campaigns(listed, noted_at=START) == len(listed) == 40
    found = history.directory()
    assert_frame_equal(found[list(listed.columns)], listed)
    assert list(found.columns) == [
        *listed.columns, "status_since", "noted_at", "listed_at", "tracking_at", "steps_at", "contacts_at",
    ]  # fmt: skip
    assert (found["noted_at"] == START).all()
    assert history.record_campaigns(listed, noted_at=START + DAY) == 0
    assert notes(url) == 40
    assert (history.directory()["noted_at"] == START + DAY).all()  # told again, though nothing changed


def test_a_campaign_that_is_only_listed_has_no_snapshot(history):
    history.record_campaigns(campaigns(["a"], label=["A"]))
    assert history.latest().empty
    assert history.read().empty
    found = history.campaigns()
    assert found.index.tolist() == ["a"]
    assert found["label"].tolist() == ["A"]
    assert found[["first_fetched_at", "last_fetched_at"]].isna().all().all()


def test_what_was_not_asked_for_stays_unknown(history):
    history.record_campaigns(campaigns(["a", "b"], label=["A", "B"], status=["active", "paused"]), noted_at=START)
    found = history.directory()
    assert found[["track_opens", "track_clicks", "steps", "contacts", "contacts_reached"]].isna().all().all()
    assert found[["tracking_at", "steps_at", "contacts_at"]].isna().all().all()
    assert (found["listed_at"] == START).all()
    history.record_campaigns(campaigns(["b"], steps=[3]), noted_at=START + DAY)
    found = history.directory(["b", "a"])
    assert found["steps"].tolist() == [3, pd.NA]
    assert found["steps_at"].tolist() == [START + DAY, pd.NaT]
    assert found["label"].tolist() == ["B", "A"]
    assert found["listed_at"].tolist() == [START, START]
    assert found["noted_at"].tolist() == [START + DAY, START]


def test_facts_are_those_of_the_time_of_the_snapshot(history):
    for day, (label, status) in enumerate([("Old", "active"), ("Old", "active"), ("New", "completed")]):
        history.record(stats(["a"], START + day * DAY, 100 + day, label=[label], status=[status]))
    found = history.read()
    assert found["label"].tolist() == ["Old", "Old", "New"]
    assert found["status"].tolist() == ["active", "active", "completed"]
    assert history.as_of(START + DAY)["label"].tolist() == ["Old"]
    assert history.latest()["label"].tolist() == ["New"]
    assert history.campaigns()["label"].tolist() == ["New"]


def test_a_row_is_added_only_when_something_changed(history, url):
    for day in range(5):
        history.record(stats(["a", "b"], START + day * DAY, label=["A", "B"], steps=pd.array([2, 3], "Int64")))
        history.record(stats(["a", "b"], START + day * DAY + DAY / 2))  # says nothing of labels
    assert notes(url) == 2
    history.record(stats(["b"], START + 9 * DAY, label=["B2"]))
    assert notes(url) == 3


def test_snapshots_before_the_first_note_have_the_first_label_only(history):
    history.record(stats(["a", "b"], START))
    history.record_campaigns(campaigns(["a"], label=["A"], status=["paused"], steps=[2]), noted_at=START + DAY)
    history.record(stats(["a", "b"], START + 2 * DAY))
    found = history.read("a")
    assert found["label"].tolist() == ["A", "A"]
    assert found["status"].isna().tolist() == [True, False]
    assert found["steps"].tolist() == [pd.NA, 2]
    assert history.latest()["label"].isna().tolist() == [False, True]
    assert "label" not in history.latest("b")


def test_contacts_belong_to_the_snapshot_they_came_with(history, url):
    people = {"contacts": pd.array([500], "Int64"), "contacts_reached": pd.array([100], "Int64")}
    history.record(stats(["a"], START, **people))
    history.record(stats(["a"], START + DAY))
    assert history.read()["contacts_reached"].tolist() == [100, pd.NA]
    assert history.directory()["contacts"].tolist() == [500]
    assert history.directory()["contacts_at"].tolist() == [START]
    history.record_campaigns(campaigns(["a"], contacts=[600], contacts_reached=[None]), noted_at=START + 2 * DAY)
    assert history.directory()[["contacts", "contacts_reached"]].to_numpy().tolist() == [[600, pd.NA]]
    assert notes(url) == 0
    history.record_campaigns(campaigns(["a"], contacts=[1], contacts_reached=[1]), noted_at=START)  # older
    assert history.directory()["contacts"].tolist() == [600]


def test_a_note_from_the_past_fills_what_was_unknown_since(history):
    history.record_campaigns(campaigns(["a"], label=["New"]), noted_at=START + 2 * DAY)
    history.record_campaigns(campaigns(["a"], label=["Old"], steps=[3]), noted_at=START)
    history.record(stats(["a", "a"], [START + DAY, START + 3 * DAY]))
    assert history.read()["label"].tolist() == ["Old", "New"]
    assert history.read()["steps"].tolist() == [3, 3]
    assert history.directory()["steps"].tolist() == [3]
    assert history.directory()["listed_at"].tolist() == [START + 2 * DAY]


def test_two_notes_of_one_time_become_one(history, url):
    history.record_campaigns(campaigns(["a"], label=["A"]), noted_at=START)
    history.record_campaigns(campaigns(["a"], status=["active"]), noted_at=START)
    history.record_campaigns(campaigns(["a"], label=["B"]), noted_at=START)
    assert notes(url) == 1
    assert history.directory()[["label", "status"]].to_numpy().tolist() == [["B", "active"]]


def test_recording_counts_does_not_make_old_facts_fresh(history):
    facts = {"label": ["A"], "steps": pd.array([3], "Int64")}
    history.record_campaigns(campaigns(["a"], **facts), noted_at=START)
    history.record(stats(["a"], START + DAY, **facts))  # carried along from the directory, perhaps
    assert history.directory()["noted_at"].tolist() == [START]
    history.record(stats(["a"], START + 2 * DAY, label=["B"]))
    assert history.directory()[["listed_at", "steps_at"]].to_numpy().tolist() == [[START + 2 * DAY, START]]


def test_now_is_when_campaigns_were_told(history):
    before = pd.Timestamp.now("UTC")
    history.record_campaigns(campaigns(["a"], label=["A"]))
    assert before <= history.directory()["noted_at"].iloc[0] <= pd.Timestamp.now("UTC")


def test_wrong_campaigns_are_refused(history):
    with pytest.raises(InputError) as caught:
        history.record_campaigns(campaigns(["a", ""], label=["A", "B"]))
    assert str(caught.value) == (
        "History.record_campaigns: ids[1] must be one path segment, not '': not blank, not '.' or '..', "
        "and without control characters."
    )
    with pytest.raises(InputError) as caught:
        history.record_campaigns(campaigns(["a"], label=["A"]), noted_at="2026-03-01 09:00")
    assert str(caught.value) == (
        "History.record_campaigns: noted_at must say its time zone, as in "
        "pandas.Timestamp('2026-03-01 09:00:00', tz='Europe/Berlin'), not '2026-03-01 09:00'."
    )
    assert len(history.directory()) == 0


def test_since_when_a_status_holds_and_when_all_were_listed(history):
    assert history.listed_at is None
    history.record_campaigns(
        campaigns(["a", "b"], label=["A", "B"], status=["active", None]), noted_at=START, whole=True
    )
    history.record_campaigns(campaigns(["a"], label=["New"], status=["active"]), noted_at=START + DAY)
    assert history.listed_at == START
    since = history.directory()["status_since"]
    assert since["a"] == START  # the name changed, not the status
    assert pd.isna(since["b"])
    history.record_campaigns(campaigns(["a"], status=["completed"]), noted_at=START + 2 * DAY, whole=True)
    history.record_campaigns(campaigns(["a"], label=["Newer"]), noted_at=START + 3 * DAY)
    assert history.directory(["a"])["status_since"].tolist() == [START + 2 * DAY]
    history.record_campaigns(campaigns(["a"]), noted_at=START + DAY, whole=True)  # a list that came late
    assert history.listed_at == START + 2 * DAY
