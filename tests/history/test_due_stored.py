"""`History.due` on real databases: what it looks up, and what may be asked."""

import numpy as np
import pandas as pd
import pytest

from leadlex_pandas import InputError
from leadlex_pandas.history import ripeness
from leadlex_pandas.history.ripeness import most_worth
from tests.history.snapshots import START, stats
from tests.history.worlds import HOURS, by_worth, month, play


def counted(at, rows):
    """What was read at a time: campaign -> emails and replies."""
    sent, replied = zip(*rows.values(), strict=True)
    return stats(list(rows), at, list(sent), replied_count=list(replied))


def day(number):
    return START + pd.Timedelta(days=number)


@pytest.fixture
def kept(history):
    """Three campaigns, read at noon of three days."""
    for number in (1, 2, 3):
        rows = {"fast": (500 * number, 20 * number), "slow": (900 + 20 * number, 50 + number), "settled": (800, 40)}
        history.record(counted(day(number), rows))
    return history


def test_all_campaigns_those_worth_most_first(kept):
    assert kept.due(now=day(3.5)) == ["fast", "slow", "settled"]
    assert kept.due(calls=2, now=day(3.5)) == ["fast", "slow"]
    assert kept.due(calls=0, now=day(3.5)) == []


def test_ids_are_what_read_stats_takes(kept):
    expected = ["slow", "settled"]
    for ids in (expected[::-1], pd.Index(expected), pd.Series(expected), kept.latest(expected), dict.fromkeys(expected), iter(expected)):  # fmt: skip
        assert kept.due(ids, 5, day(3.5)) == expected
    assert kept.due("settled", 5, day(3.5)) == ["settled"]
    assert kept.due([], 5, day(3.5)) == []


def test_a_campaign_never_recorded_comes_first(kept):
    assert kept.due(["fast", "unheard", "also", "fast"], 3, day(3.5)) == ["also", "unheard", "fast"]
    kept.record_campaigns(pd.DataFrame({"status": ["draft"]}, index=pd.Index(["listed"], name="campaign_id")))
    assert kept.due(calls=1, now=day(3.5)) == ["listed"]


def test_a_history_without_anything_gives_nothing_or_what_was_named(history):
    assert history.due(calls=5) == []
    assert history.due(["b", "a"], calls=5) == ["a", "b"]


def test_one_listed_as_completed_is_settled_sooner(history):
    for number in (1, 2, 3):
        history.record(counted(day(number), dict.fromkeys(("one", "two"), (500 * number, 20 * number))))
    assert history.due(now=day(3.5)) == ["one", "two"]
    listed = pd.DataFrame({"status": ["completed", "active"]}, index=pd.Index(["one", "two"], name="campaign_id"))
    history.record_campaigns(listed)
    assert history.due(now=day(3.5)) == ["two", "one"]
    history.record_campaigns(listed.assign(status=["active", "completed"]))
    assert history.due(now=day(3.5)) == ["one", "two"]


def test_what_another_clock_dated_after_now_has_been_read(kept):
    kept.record(counted(day(3.6), {"fast": (1900, 70)}))
    assert kept.due(["fast", "slow", "new"], now=day(3.5)) == ["new", "slow", "fast"]


def test_what_a_clock_that_went_wrong_dated_hides_no_campaign(kept):
    """Two years ahead for one run: what was read then must not count as read until then."""
    kept.record(counted(day(730), {"fast": (1500, 60), "new": (10, 0)}))
    assert kept.due(now=day(3.5)) == kept.due(["fast", "settled", "slow", "new"], now=day(3.5))
    assert kept.due(now=day(3.5)) == ["new", "fast", "slow", "settled"]


def test_one_that_the_service_does_not_know_comes_last_until_it_is_read_or_listed_again(kept):
    gone = pd.DataFrame({"status": "not found"}, index=pd.Index(["fast", "unheard"], name="campaign_id"))
    kept.record_campaigns(gone, noted_at=day(3.25))
    ids = ["fast", "slow", "settled", "unheard", "new"]
    assert kept.due(ids, now=day(3.5)) == ["new", "slow", "settled", "unheard", "fast"]
    kept.record(counted(day(3.3), {"fast": (1500, 60)}))
    kept.record_campaigns(gone.iloc[1:].assign(status="draft"), noted_at=day(3.4))
    assert kept.due(ids, now=day(3.5))[:2] == ["new", "unheard"]
    assert kept.due(ids, calls=3, now=day(4.5))[2] == "fast"


def test_the_present_is_the_computers_own(kept):
    kept.record(counted(pd.Timestamp.now("UTC"), {"fast": (9_000, 400)}))
    assert kept.due()[-1] == "fast"  # the others have been unread since 2026


def test_a_month_by_the_database_goes_as_it_does_in_memory(history):
    world = month(3, campaigns=12, days=4, office=True)
    names = [f"cmp_{place:02}" for place in range(world.campaigns)]
    recorded = {"until": -1}
    in_memory = by_worth(world)

    def both(known, hour, calls):
        while recorded["until"] < hour - 1:
            at = recorded["until"] = recorded["until"] + 1
            new = np.flatnonzero(known[at] == at)
            rows = {names[place]: (world.sent[at, place], world.replied[at, place]) for place in new}
            if rows:
                history.record(counted(START + pd.Timedelta(hours=at), rows))
        chosen = in_memory(known, hour, calls)
        assert history.due(calls=calls, now=START + pd.Timedelta(hours=hour)) == [names[place] for place in chosen]
        return chosen

    played = play(world, both, a_day=20, every=4)
    assert played.reads.sum() == 20 * 4


def test_a_few_snapshots_of_each_are_looked_up_however_many_there_are(history, monkeypatch):
    hours = np.arange(40 * HOURS)
    moments = START + pd.to_timedelta(hours, unit="h")
    history.record(stats(["one"] * len(hours), moments, hours, replied_count=hours // 20))
    seen = []

    def spy(times, *others):
        seen.append(np.unique(times))
        return most_worth(times, *others)

    monkeypatch.setattr("leadlex_pandas.history.choosing.most_worth", spy)
    now = START + pd.Timedelta(hours=len(hours))
    assert history.due(now=now) == ["one"]
    expected = [-lag for lag in ripeness.LOOKBACK[:-1]] + [-1 / HOURS]  # a snapshot stands at every hour
    np.testing.assert_allclose(seen[0], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"calls": -1}, "History.due: calls must be a whole number of at least 0, not -1."),
        ({"calls": "all"}, "History.due: calls must be a whole number of at least 0, not 'all'."),
        (
            {"now": "2026-03-05 12:00"},
            "History.due: now must say its time zone, as in "
            "pandas.Timestamp('2026-03-05 12:00:00', tz='Europe/Berlin'), not '2026-03-05 12:00'.",
        ),
        (
            {"ids": ["a", 7]},
            "History.due: ids[1] must be text, not 7 (int). "
            "In a DataFrame the ids stand in the index or in a column 'campaign_id'.",
        ),
    ],
)
def test_what_is_not_allowed_is_said(history, arguments, text):
    with pytest.raises(InputError) as caught:
        history.due(**arguments)
    assert str(caught.value) == text
