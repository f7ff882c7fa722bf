"""Reading through a history: what is fresh costs no call, and what is read is recorded, whatever happens."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import History, HistoryError, InputError
from leadlex_pandas.metrics import COUNTS
from leadlex_pandas.reader import recorded
from tests.reader.raw_server import stats_answer


@pytest.fixture
def history(tmp_path):
    with History(tmp_path / "stats.sqlite") as opened:
        yield opened


def stamps(path):
    """What the file holds, looked at without the package."""
    with sqlite3.connect(path) as plain:
        query = (
            "select c.campaign_id, s.fetched_at, s.sent_count, s.replied_count"
            " from leadlex_snapshots s join leadlex_campaigns c using (campaign)"
        )
        return plain.execute(query).fetchall()


def aged(stats, **ago):
    """The same read, as if it had been made a while ago."""
    return stats.assign(fetched_at=stats["fetched_at"] - timedelta(**ago))


def calls(server):
    return [call.campaign_id for call in server.calls]


# what is read is recorded


def test_a_read_is_recorded_as_it_came(own, read, tmp_path):
    path = tmp_path / "stats.sqlite"
    stats = read(own, own.campaigns, history=path)
    times = stats["fetched_at"].dt.tz_localize(None).to_numpy("M8[us]").astype("int64").tolist()
    expected = zip(stats.index, times, stats["sent_count"].tolist(), stats["replied_count"].tolist(), strict=True)
    assert sorted(stamps(path)) == sorted(expected)


def test_the_path_may_stand_in_the_environment_only_for_a_history(own, read, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLEX_HISTORY", str(tmp_path / "stats.sqlite"))
    read(own)  # a read records only where it is told to
    assert not (tmp_path / "stats.sqlite").exists()
    with History() as history:
        read(own, history=history)
        assert list(history.latest().index) == ["cmp_abc123"]


def test_what_came_before_a_failure_is_recorded(own, read, history):
    ids = list(own.campaigns.index[:6])
    own.fail(500, campaign_id=ids[2], times=None)
    with pytest.raises(leadlex_pandas.PartialReadError):
        leadlex_pandas.read_stats([*ids, "deleted"], api_key=own.api_key, base_url=own.url, history=history)
    assert set(history.latest().index) == {*ids} - {ids[2]}


def test_failed_rows_are_not_recorded(own, read, history):
    stats = read(own, ["cmp_abc123", "deleted"], history=history, errors="coerce")
    assert stats["read_error"].notna().tolist() == [False, True]
    assert list(history.latest().index) == ["cmp_abc123"]


def test_an_interrupt_records_what_came(own, read, history):
    ids = list(own.campaigns.index[:8])

    def interrupt(done, total):
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(leadlex_pandas.ReadInterrupted) as ended:
        read(own, ids, history=history, progress=interrupt, concurrency=1)
    assert set(history.latest().index) == set(ended.value.stats.index)
    assert len(ended.value.stats) >= 3


def test_it_is_recorded_while_a_long_read_goes_on(own, read, history, monkeypatch):
    monkeypatch.setattr(recorded, "_OFTEN", 0.0)
    seen = []
    read(own, own.campaigns, history=history, progress=lambda done, total: seen.append(len(history.latest())))
    assert any(0 < count < 40 for count in seen)
    assert len(history.latest()) == 40


def test_a_history_that_does_not_take_it_costs_no_row(own, read, history, monkeypatch):
    def full(stats):
        raise HistoryError("record: the disk is full")

    monkeypatch.setattr(history, "record", full)
    with pytest.raises(HistoryError, match="the disk is full") as raised:
        read(own, own.campaigns, history=history)
    assert raised.value.stats["sent_count"].tolist() == read(own, own.campaigns)["sent_count"].tolist()


def test_a_lock_at_the_end_costs_none_of_the_rows_that_were_recorded_before(own, read, tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "_OFTEN", 0.0)
    path = tmp_path / "stats.sqlite"
    fresh = read(own, own.campaigns.index[:5])
    with History(f"sqlite:///{path}?timeout=0.05") as history, closing(sqlite3.connect(path)) as other:
        history.record(fresh)

        def lock(done, total):
            if done >= 20 and not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        with pytest.raises(HistoryError, match="is locked by another program") as raised:
            read(own, own.campaigns, history=history, max_age="1h", progress=lock)
        other.rollback()
        assert raised.value.stats.index.tolist() == own.campaigns.index.tolist()
        assert raised.value.failures == {}
        assert 5 < len(history.latest()) < 40
        history.record(raised.value.stats)
        assert len(history.latest()) == 40
    assert len(own.calls) == 40


def test_what_a_history_did_not_take_is_recorded_when_the_read_is_resumed(own, read, history):
    with sqlite3.connect(history.name) as plain:
        plain.execute("CREATE TRIGGER full BEFORE INSERT ON leadlex_snapshots BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(HistoryError) as raised:
        read(own, own.campaigns, history=history)
    with sqlite3.connect(history.name) as plain:
        plain.execute("DROP TRIGGER full")
    stats = read(own, own.campaigns, history=history, resume=raised.value)
    assert len(own.calls) == 40
    assert history.latest()["fetched_at"].to_dict() == stats["fetched_at"].to_dict()
    read(own, own.campaigns, history=history, resume=stats)
    assert len(history.read()) == 40


def test_a_list_that_is_not_taken_has_its_drafts_details(own, history, monkeypatch):
    options = {"api_key": own.api_key, "base_url": own.url, "progress": False}
    expected = leadlex_pandas.read_campaigns(details="steps", **options)
    with sqlite3.connect(history.name) as plain:
        plain.execute("CREATE TRIGGER full BEFORE INSERT ON leadlex_directory BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(HistoryError) as raised:
        leadlex_pandas.read_campaigns(details="steps", history=history, **options)
    assert raised.value.stats.equals(expected)
    assert expected.loc[expected["status"] == "draft", "steps"].notna().any()


def test_an_error_says_when_its_rows_could_not_be_recorded(own, read, history, monkeypatch):
    def full(stats):
        raise HistoryError("record: the disk is full")

    def interrupt(done, total):
        if done >= 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(history, "record", full)
    with pytest.raises(leadlex_pandas.ReadInterrupted) as ended:
        read(own, own.campaigns, history=history, progress=interrupt)
    assert ended.value.__notes__ == ["What was read could not be recorded: record: the disk is full"]
    assert len(ended.value.stats) >= 2


# what is fresh costs no call


def test_a_refresh_calls_only_for_what_is_too_old(own, read, history):
    """20 of 40 rows are younger than max_age: exactly 20 calls."""
    stats = read(own, own.campaigns)
    history.record(aged(stats.iloc[:20], hours=5))
    history.record(aged(stats.iloc[20:], hours=7))
    before = len(own.calls)
    again = read(own, own.campaigns, history=history, max_age="6h")
    assert sorted(calls(own)[before:]) == sorted(stats.index[20:])
    assert again[list(COUNTS)].equals(stats[list(COUNTS)])
    ages = pd.Timestamp.now("UTC") - again["fetched_at"]
    assert ages.iloc[:20].between(timedelta(hours=5), timedelta(hours=5.1)).all()
    assert (ages.iloc[20:] < timedelta(minutes=1)).all()
    assert again.columns.equals(stats.columns)
    assert again.dtypes.equals(stats.dtypes)
    read(own, own.campaigns, history=history, max_age=timedelta(hours=6))
    assert len(own.calls) == before + 20


@pytest.mark.parametrize("errors", ["raise", "coerce"])
def test_without_a_call_no_key_is_needed(own, read, history, monkeypatch, capsys, errors):
    monkeypatch.delenv("LEADLEX_API_KEY", raising=False)
    monkeypatch.delenv("LEADLEX_BASE_URL", raising=False)
    ids = {name: f"Label {name}" for name in own.campaigns.index[:3]}
    read(own, ids, history=history)
    told = {True: [], False: []}
    frames = [
        leadlex_pandas.read_stats(
            ids, history=history, max_age="6h", errors=errors, progress=lambda *done, keyed=keyed: told[keyed].append(done),
            **({"api_key": own.api_key, "base_url": own.url} if keyed else {}),
        )
        for keyed in (True, False)
    ]  # fmt: skip
    pd.testing.assert_frame_equal(*frames)
    assert told[True] == told[False] == [(3, 3)]
    assert len(own.calls) == 3
    assert capsys.readouterr().err == ""
    kept = leadlex_pandas.read_stats(ids, resume=frames[0], errors=errors)
    assert kept["sent_count"].tolist() == frames[0]["sent_count"].tolist()
    for wrong in ({"concurrency": 0}, {"timeout": -1}, {"base_url": "http://elsewhere.example"}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            leadlex_pandas.read_stats(ids, history=history, max_age="6h", **wrong)
    for asked in ([*ids, "another"], []):
        with pytest.raises(leadlex_pandas.MissingKeyError):
            leadlex_pandas.read_stats(asked, history=history, max_age="6h")


def test_without_max_age_every_campaign_is_asked_for(own, read, history):
    read(own, own.campaigns, history=history)
    read(own, own.campaigns, history=history)
    assert len(own.calls) == 80
    assert len(history.read()) == 80


def test_the_newer_of_a_resumed_and_a_recorded_row_is_kept(own, read, history):
    stats = read(own, own.campaigns.index[:2])
    newer = aged(stats, minutes=1).assign(sent_count=stats["sent_count"] + 1)
    history.record(aged(stats, minutes=30))
    both = read(own, stats.index, history=history, max_age="1h", resume=newer)
    assert both["sent_count"].tolist() == newer["sent_count"].tolist()
    history.record(stats)
    both = read(own, stats.index, history=history, max_age="1h", resume=newer)
    assert both["sent_count"].tolist() == stats["sent_count"].tolist()
    assert len(own.calls) == 2


def test_rows_from_a_clock_that_is_wrong_are_read_anew(own, read, history):
    stats = read(own)
    history.record(aged(stats, days=-2))  # the day after tomorrow
    read(own, history=history, max_age="6h")
    assert len(own.calls) == 2


def test_a_row_from_a_clock_that_was_wrong_hides_no_fresh_one(own, read, history):
    stats = read(own)
    history.record(aged(stats, days=-700).assign(sent_count=7))
    history.record(aged(stats, hours=1))
    again = read(own, history=history, max_age="6h")
    assert again["sent_count"].tolist() == stats["sent_count"].tolist()
    assert len(own.calls) == 1


def test_caveats_of_a_recorded_row_are_those_of_its_read(read, raw, history):
    server = raw(lambda request: stats_answer(open_rate=0.9))
    options = {"api_key": server.api_key, "base_url": server.url, "history": history}
    with pytest.warns(leadlex_pandas.RateMismatchWarning):
        first = leadlex_pandas.read_stats("a", **options)
    again = leadlex_pandas.read_stats("a", max_age="1h", **options)
    assert first["caveats"].tolist() == again["caveats"].tolist() == ["api_rates_differ"]


def test_accounts_share_a_history(own, read, history):
    ids = list(own.campaigns.index)
    accounts = {"A": (own.api_key, ids[:3]), "B": (own.api_key, ids[3:5])}
    leadlex_pandas.read_accounts(accounts, base_url=own.url, history=history)
    assert set(history.latest().index) == set(ids[:5])
    again = leadlex_pandas.read_accounts(accounts, base_url=own.url, history=history, max_age="1h")
    assert len(own.calls) == 5
    assert again.index.get_level_values("account").tolist() == ["A"] * 3 + ["B"] * 2


def test_a_client_reads_through_a_history_too(own, history):
    with leadlex_pandas.Client(own.api_key, base_url=own.url) as client:
        client.read_stats(own.campaigns, history=history)
        client.read_stats(own.campaigns, history=history, max_age="1d")
    assert len(own.calls) == 40


# arguments


def test_max_age_needs_a_history(own, read):
    with pytest.raises(InputError) as raised:
        read(own, max_age="6h")
    assert str(raised.value) == (
        "read_stats: max_age='6h' says how old a recorded row may be, but no history is given. "
        "Pass history= too, or leave max_age out to read every campaign anew."
    )
    assert own.calls == []


@pytest.mark.parametrize("wrong", ["six hours", -1, 6, "-6h", "NaT", timedelta(hours=-1), True])
def test_a_max_age_that_is_no_length_of_time(own, read, history, wrong):
    with pytest.raises(InputError) as raised:
        read(own, history=history, max_age=wrong)
    assert str(raised.value) == (
        "read_stats: max_age must be a length of time of at least 0, such as '6h', '90min', '7D' or a timedelta, "
        f"not {wrong!r}."
    )
    assert own.calls == []


def test_a_history_that_is_none(own, read):
    with pytest.raises(InputError) as raised:
        read(own, history=7)
    assert str(raised.value) == "read_stats: history must be a History, a path or a database URL, not int."
    assert own.calls == []


def test_a_history_that_cannot_be_opened_costs_no_call(own, read, tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be one" * 50)
    with pytest.raises(HistoryError):
        read(own, own.campaigns, history=tmp_path / "notes.txt")
    assert own.calls == []


def test_a_column_that_cannot_be_recorded_costs_no_call(own, read, tmp_path):
    """A list of campaigns that went through a CSV file has its times as texts."""
    campaigns = own.campaigns.assign(created_at="2026-01-02T08:00:00Z")
    with pytest.raises(InputError) as raised:
        read(own, campaigns, history=tmp_path / "stats.sqlite")
    assert str(raised.value).startswith("read_stats: column 'created_at' must hold times with their time zone, not ")
    assert own.calls == []
    accounts = {"A": (own.api_key, campaigns)}
    with pytest.raises(InputError, match="read_accounts: account 'A': column 'created_at' must hold times"):
        leadlex_pandas.read_accounts(accounts, base_url=own.url, history=tmp_path / "stats.sqlite")
    assert own.calls == []
    assert len(read(own, campaigns)) == 40  # it is carried along as it is where nothing is recorded


# a process that begins


def test_calls_recorded_a_moment_ago_count_against_the_minute(own, read, history, monkeypatch):
    """Ten of a Starter's minute were used by a process before this one: the first call asks, the others wait."""
    from leadlex_pandas import gate

    with leadlex_pandas.sandbox.start(plan="starter") as server:
        ids = list(server.campaigns.index[:12])
        read(server, ids[:9], history=history)
        gate._gates.clear()  # as in another process
        with pytest.raises(leadlex_pandas.DeadlineExceededError) as ended:
            read(server, ids, history=history, max_age="1h", deadline=2.0)
        assert len(ended.value.stats) == 10
        assert [call.status for call in server.calls] == [200] * 10  # none was refused


# the directory


def test_details_are_asked_for_once(own, history):
    options = {"api_key": own.api_key, "base_url": own.url, "progress": False, "history": history}
    first = leadlex_pandas.read_campaigns(details=True, **options)
    before = len(own.calls)
    again = leadlex_pandas.read_campaigns(details=True, **options)
    assert again.equals(first)
    asked = {(call.endpoint, call.campaign_id) for call in own.calls[before:]}
    final = first.index[first["status"] == "completed"]
    drafts = first.index[first["status"] == "draft"]
    assert asked == {("campaigns", None)} | {("campaign", i) for i in drafts} | {
        ("contacts", i) for i in first.index.difference(final)
    }


def test_contacts_are_asked_for_again_after_a_campaign_was_completed(own, history):
    options = {"api_key": own.api_key, "base_url": own.url, "progress": False, "history": history}
    own.day = 40  # some are still sending
    then = leadlex_pandas.read_campaigns(details="contacts", **options)
    own.day = None
    leadlex_pandas.read_campaigns(**options)  # tells that they are completed now
    before = len(own.calls)
    leadlex_pandas.read_campaigns(details="contacts", **options)
    asked = {call.campaign_id for call in own.calls[before:] if call.endpoint == "contacts"}
    final = then.index[then["status"] == "completed"]
    assert asked == set(then.index) - set(final)


def test_an_interrupted_list_is_kept(own, history):
    def interrupt(done, total):
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(leadlex_pandas.ReadInterrupted):
        leadlex_pandas.read_campaigns(
            details="steps", api_key=own.api_key, base_url=own.url, history=history, progress=interrupt
        )
    directory = history.directory()
    assert len(directory) == 40
    assert directory["label"].tolist() == own.campaigns["label"].tolist()
    assert directory["steps"].notna().sum() >= 3
