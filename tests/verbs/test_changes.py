"""`changes` against a plain reading of the snapshots and the limits of statsmodels."""

import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from leadlex_pandas import ColumnsError, InputError, Metric, benchmark, changes
from leadlex_pandas.verbs.snapshots import FrameSnapshots
from tests.verbs.frames import COUNTS, campaigns
from tests.verbs.histories import START, Recorded, growing, histories, newest, snapshots

EVENTS = {"reply_rate": "replied_count", "bounce_rate": "bounced_count", "unsubscribe_rate": "unsubscribed_count"}


def day(number):
    return START + pd.Timedelta(days=number)


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_against_a_plain_reading(level):
    history, since, until = growing(3, number=12), day(20), day(33)
    table = changes(history, EVENTS, since=since, until=until, level=level)
    seen = 0
    for name, row in table.iterrows():
        (end, now), (start, before) = (newest(history, name, time) for time in (until, since))
        assert row["until"] == end
        assert (row["since"] == start) or (start is None and pd.isna(row["since"]))
        if start is None or start == end:
            assert row[[f"new_{count}" for count in COUNTS]].isna().all()
            continue
        new = now - before
        assert row[[f"new_{count}" for count in COUNTS]].tolist() == new[COUNTS].tolist()
        assert row["new_delivered_count"] == new["sent_count"] - new["bounced_count"]
        for metric, events in EVENTS.items():
            k, n, k0, n0 = new[events], new["sent_count"], before[events], before["sent_count"]
            if not (n > 0 and k <= n and n0 > 0):
                continue
            seen += 1
            ends = proportion_confint(k, n, alpha=1 - level, method="wilson")
            np.testing.assert_allclose(row[[f"new_{metric}{end}" for end in ("", "_low", "_high")]].astype(float),
                                       [k / n, *ends], atol=1e-12)  # fmt: skip
            ends = confint_proportions_2indep(k, n, k0, n0, method="newcomb", alpha=1 - level)
            found = row[[f"{metric}_difference{end}" for end in ("", "_low", "_high")]].astype(float)
            np.testing.assert_allclose(found, [k / n - k0 / n0, *ends], atol=1e-12)
    assert seen > 15


def test_running_totals_would_hide_what_the_new_emails_tell():
    # 5 % of 1,000 emails replied; of the 100 since then 12 %
    history = snapshots([("a", 0, 1000, 50), ("a", 7, 1100, 62)])
    row = changes(history, "reply_rate").iloc[0]
    low, high = confint_proportions_2indep(62, 1100, 50, 1000, method="newcomb")
    assert low < 0 < high  # the totals of then and now: "nothing changed", as nearly all emails are in both
    assert row["reply_rate_difference"] == pytest.approx(0.12 - 0.05)
    assert row["reply_rate_difference_low"] > 0
    assert row["reply_rate_difference"] > 10 * (62 / 1100 - 50 / 1000)


def test_columns():
    history = growing(1, number=3).assign(label="A campaign")
    per_metric = [part.format(metric) for metric in ("reply_rate", "bounce_rate") for part in (
        "new_{}", "new_{}_low", "new_{}_high", "{}_difference", "{}_difference_low", "{}_difference_high")]  # fmt: skip
    table = changes(history, ["reply_rate", "bounce_rate"])
    counts = [f"new_{name}" for name in [*COUNTS, "delivered_count"]]
    assert list(table.columns) == ["label", "since", "until", *counts, *per_metric, "caveats"]
    assert table.index.name == "campaign_id"
    assert {str(table[name].dtype) for name in counts} == {"Int64"}
    assert {str(table[name].dtype) for name in ("since", "until")} == {"datetime64[us, UTC]"}
    assert table.attrs["metrics"] == ["reply_rate", "bounce_rate"]
    assert table.attrs["level"] == 0.95
    per_email = ["open_rate", "click_rate", "reply_rate", "bounce_rate", "unsubscribe_rate", "delivery_rate"]
    assert changes(history).attrs["metrics"] == per_email
    assert list(changes(history[["sent_count"]], []).columns) == ["since", "until", "new_sent_count", "caveats"]


def test_what_cannot_be_told():
    history = snapshots([
        ("steady", 0, 100, 5), ("steady", 10, 200, 9),
        ("new", 9, 100, 5), ("new", 10, 150, 6),
        ("unread", 0, 100, 5),
        ("fell", 0, 100, 5), ("fell", 10, 200, 4),
        ("late", 0, 100, 5), ("late", 10, 102, 9),
        ("after", 0, 1000, 50), ("after", 10, 1000, 53),
        ("still", 0, 1000, 500), ("still", 10, 1000, 504),
        ("less", 0, 100, 5), ("less", 10, 90, 5),
    ])  # fmt: skip
    table = changes(history, "reply_rate")
    assert table["caveats"].to_dict() == {
        "steady": "still_sending|still_growing",
        "new": "first_seen",
        "unread": "not_read_since",
        "fell": "counts_fell|still_sending",
        "late": "still_sending|still_growing|not_a_proportion",
        "after": "still_growing|not_a_proportion",
        "still": "not_a_proportion",  # 4 of 500 is less than 1 %
        "less": "counts_fell",
    }
    new = table[["new_sent_count", "new_replied_count"]]
    assert new.loc["fell"].isna().tolist() == [False, True]
    assert new.loc["less"].isna().tolist() == [True, False]
    assert new.loc[["new", "unread"]].isna().all(axis=None)  # not 0: nobody knows
    assert table["new_reply_rate"].dropna().to_dict() == {"steady": 0.04, "late": 2.0}  # 4 replies, 2 emails
    assert table["reply_rate_difference"].dropna().index.tolist() == ["steady"]
    # 4 of a base of 2: Garwood's limits, chi-square quantiles as printed (8 and 10 degrees of freedom)
    assert table.loc["late", "new_reply_rate_low"] == pytest.approx(2.180 / 2 / 2, abs=1e-3)
    assert table.loc["late", "new_reply_rate_high"] == pytest.approx(20.483 / 2 / 2, abs=1e-3)
    assert table.loc["after", ["new_reply_rate_low", "new_reply_rate_high"]].isna().all()


def test_a_late_bounce_takes_back_a_delivery_and_nothing_fell():
    history = snapshots([("a", 0, 100, 1), ("a", 7, 100, 3)], ("sent_count", "bounced_count"))
    row = changes(history.assign(delivered_count=[99, 97]), "delivery_rate").iloc[0]
    assert (row["new_sent_count"], row["new_bounced_count"], row["new_delivered_count"]) == (0, 2, 0)
    assert "counts_fell" not in row["caveats"]


def test_the_default_is_the_reading_of_a_week_ago_for_who_reads_each_week():
    # the scheduler came half an hour early this week
    history = snapshots([("a", 0, 100, 5), ("a", 7, 200, 9), ("a", 14 - 1 / 48, 300, 15)])
    assert changes(history).loc["a", "since"] == day(7)
    assert changes(history, since="7D").loc["a", "since"] == day(0)
    assert changes(history, until=day(7)).loc["a", "since"] == day(0)
    # a campaign that was last read long ago is not compared with its own last week
    other = snapshots([("b", 0, 100, 5), ("b", 7, 200, 9), ("c", 30, 0, 0)])
    assert changes(other).loc["b", "caveats"] == "not_read_since"


@pytest.mark.parametrize("since", [
    "2026-03-09", datetime.date(2026, 3, 9), "2026-03-09 00:00Z", "2026-03-09T01:00+01:00", "2026-03-08 19:00-05:00",
    datetime.datetime(2026, 3, 9, tzinfo=datetime.UTC), pd.Timestamp("2026-03-09 01:00", tz="Europe/Berlin"),
    "7D", "168h", datetime.timedelta(days=7), pd.Timedelta(weeks=1), np.timedelta64(7, "D"),
])  # fmt: skip
def test_one_time_in_many_words(since):
    until = "2026-03-16"
    history = snapshots([("a", 6.625, 100, 5), ("a", 7, 150, 7), ("a", 13.5, 300, 15)])  # midnight UTC on the 9th
    table = changes(history, since=since, until=until)
    assert table["since"].tolist() == [pd.Timestamp("2026-03-09", tz="UTC")]
    assert table.attrs["since"] == "2026-03-09T00:00:00+00:00"
    earlier = changes(history, since=pd.Timestamp("2026-03-08 23:59:59.999999", tz="UTC"), until=until)
    assert earlier["caveats"].tolist() == ["first_seen"]


def test_clocks_that_change_and_zones_of_the_snapshots():
    berlin = pd.to_datetime(["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00"], utc=True).tz_convert("Europe/Berlin")
    index = pd.MultiIndex.from_arrays([["a", "a"], berlin], names=["campaign_id", "fetched_at"])
    history = pd.DataFrame({"sent_count": [100, 160], "replied_count": [3, 5]}, index=index)
    row = changes(history, "reply_rate", since="59min").iloc[0]
    assert row["until"] - row["since"] == pd.Timedelta(hours=1)  # the same hour twice, by the clock
    assert row["new_sent_count"] == 60
    assert_frame_equal(changes(history.swaplevel(), since="59min"), changes(history, since="59min"))


def test_opens_are_no_independent_draws():
    totals = campaigns(4, number=60)
    rng = np.random.default_rng(4)
    totals["opened_count"] = 3 * rng.binomial(totals["sent_count"] // 3, 0.45)  # who opens one of three opens all
    before, now = (totals.assign(**(totals[COUNTS] * share // 100)) for share in (70, 100))
    parts = [each.assign(fetched_at=day(number)) for each, number in ((before, 0), (now, 7))]
    history = pd.concat(parts).set_index("fetched_at", append=True)
    table = changes(history, ["open_rate", "reply_rate"], level=0.9)
    phi = benchmark(totals, "open_rate")["design_effect"]
    assert phi.iloc[0] > 1
    for metric, events, effects in (("open_rate", "opened_count", phi), ("reply_rate", "replied_count", phi * 0 + 1)):
        for name in totals.index[:5]:
            (k0, n0), (k, n) = (each.loc[name, [events, "sent_count"]] for each in (before, now))
            counts = [float(count) / effects[name] for count in (k - k0, n - n0, k0, n0)]
            ends = confint_proportions_2indep(*counts, method="newcomb", alpha=0.1)
            found = table.loc[name, [f"{metric}_difference_low", f"{metric}_difference_high"]].astype(float)
            np.testing.assert_allclose(found, ends, atol=1e-12)
    few = changes(history[history.index.get_level_values(0).isin(["c0", "c1"])], "open_rate")
    assert few["caveats"].str.contains("design_effect_unknown").all()
    sequences = history.assign(steps=3)
    assert changes(sequences, "open_rate").attrs["design_effect"]["open_rate"]["source"] == "estimated"


def test_untracked_opens_are_missing_and_an_early_silence_is_none():
    columns = ("sent_count", "opened_count", "replied_count")
    history = snapshots([
        ("off", 0, 100, 0, 5), ("off", 7, 200, 0, 9), ("slow", 0, 10, 0, 1), ("slow", 7, 200, 80, 9),
    ], columns)  # fmt: skip
    table = changes(history, ["open_rate", "reply_rate"])
    assert table["new_open_rate"].isna().tolist() == [True, False]
    assert table.loc["slow", "new_open_rate"] == 80 / 190
    assert table["new_reply_rate"].notna().all()
    assert table["open_rate_difference"].isna().all()  # before, nothing tells whether opens were tracked
    assert table["reply_rate_difference"].notna().all()
    assert "tracking_off" in table.loc["off", "caveats"]


def test_a_metric_of_ones_own_and_counts_as_they_come():
    history = snapshots([("a", 0, 100, 5, 1), ("a", 7, 200, 25, 5)], ("sent_count", "replied_count", "meetings"))
    meetings = Metric("meeting_rate", events="meetings", trials="replied_count")
    table = changes(history, meetings)
    assert table.loc["a", ["new_meetings", "new_replied_count", "new_meeting_rate"]].tolist() == [4, 20, 0.2]
    for form in ("Int64", "float64", "object", str, "Float64"):
        assert_frame_equal(changes(history.astype(form), meetings), table)
    gone = changes(snapshots([("a", 0, 10, 9), ("a", 7, 20, 4)], ("sent_count", "meetings")),
                   Metric("meeting_rate", "meetings", "sent_count"))  # fmt: skip
    assert gone["caveats"].tolist() == ["counts_fell|still_sending"]


def test_rows_that_were_not_read_are_no_snapshots():
    history = growing(2, number=3)
    failed = history.iloc[:4].rename(index=lambda time: time + pd.Timedelta(minutes=1), level="fetched_at")
    failed = failed.astype("Int64").assign(**dict.fromkeys(COUNTS, pd.array([pd.NA] * 4, dtype="Int64")))
    assert_frame_equal(changes(pd.concat([history.astype("Int64"), failed])), changes(history))
    assert_frame_equal(changes(pd.concat([history, history.iloc[:5]])), changes(history))  # a cached row, twice


def test_given_caveats_stay_but_those_of_another_time():
    history = snapshots([("a", 0, 100, 5), ("a", 7, 200, 9)])
    history["caveats"] = ["", "api_rates_differ|first_seen|too_soon_to_tell"]
    assert changes(history)["caveats"].tolist() == ["api_rates_differ|still_sending|still_growing"]


def test_another_history_is_asked_for_boundaries_only():
    frame = growing(5, number=6)
    history = Recorded(frame)
    ours, theirs = changes(history), changes(frame)
    assert history.asked == [6, 6]  # two snapshots a campaign, however many there are
    assert ours.pop("label").tolist() == [name.upper() for name in ours.index]
    assert_frame_equal(ours, theirs.reindex(ours.index))


def test_nothing_recorded():
    empty = changes(growing(1).iloc[:0])
    assert list(empty.columns) == list(changes(growing(1)).columns)
    assert len(empty) == len(changes(growing(1), until="2020-01-01")) == 0


@given(histories(), st.integers(0, 60), st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_order_does_not_matter_and_the_frame_stays_as_it_was(history, cut, random):
    kept = history.copy()
    until = START + pd.Timedelta(days=60)
    ours = changes(history, since=day(cut), until=until + pd.Timedelta(hours=1))
    assert_frame_equal(history, kept)
    order = random.sample(range(len(history)), len(history))
    theirs = changes(history.iloc[order], since=day(cut), until=until + pd.Timedelta(hours=1))
    assert_frame_equal(ours, theirs.loc[ours.index])


@given(histories(), st.lists(st.integers(1, 59), min_size=1, max_size=4, unique=True))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_increments_telescope(history, cuts):
    edges = [0, *sorted(cuts), 61]
    names = ["new_sent_count", "new_replied_count"]
    total = changes(history, since=day(0), until=day(61))
    pieces = [changes(history, since=day(a), until=day(b))[names] for a, b in pairwise(edges)]
    for campaign, row in total.iterrows():
        if pd.notna(row["since"]) and row["since"] < row["until"]:
            parts = [piece.loc[campaign] for piece in pieces if campaign in piece.index]
            assert pd.concat(parts, axis=1).sum(axis=1).tolist() == row[names].tolist()


def test_an_in_memory_history_reads_what_it_holds():
    frame = growing(7, number=4)
    held = FrameSnapshots(frame, "here")
    both = held.read()
    assert_frame_equal(both.sort_index(), frame.sort_index())
    some = held.read(["c2", "c0"], since=day(5), until=day(25))
    times = frame.index.get_level_values(1)
    wanted = frame[frame.index.get_level_values(0).isin(["c0", "c2"]) & (times >= day(5)) & (times <= day(25))]
    assert_frame_equal(some.sort_index(), wanted.sort_index())
    asked = held.as_of([day(9), day(30)], ["c3", "c1"])
    for (time, name), row in asked.iterrows():
        assert (row["fetched_at"], row["sent_count"]) == (lambda found: (found[0], found[1]["sent_count"]))(
            newest(frame, name, time)
        )
    own = held.as_of(pd.Series({"c1": day(9), "c3": day(30), "gone": day(3)}))
    assert {(name, time) for time, name in own.index} <= {("c1", day(9)), ("c3", day(30))}


TWO = snapshots([("a", 0, 100, 5), ("a", 7, 200, 9)])
FLAT = TWO.reset_index()
LEVELS = "changes: a frame of snapshots has the index levels 'campaign_id' and 'fetched_at'; this one has "


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: changes("stats.sqlite"), InputError, "changes: history must be a History, or a DataFrame with the index levels 'campaign_id' and 'fetched_at', not str. Open it first, with leadlex_pandas.History(...)."),
    (lambda: changes(Path("stats.sqlite")), InputError, f"changes: history must be a History, or a DataFrame with the index levels 'campaign_id' and 'fetched_at', not {type(Path()).__name__}. Open it first, with leadlex_pandas.History(...)."),
    (lambda: changes(FLAT), ColumnsError, LEVELS + 'None. Use df.set_index(["campaign_id", "fetched_at"]).'),
    (lambda: changes(FLAT.set_index("campaign_id")), ColumnsError, LEVELS + '\'campaign_id\'. Put readings together, then df.set_index("fetched_at", append=True).'),
    (lambda: changes(FLAT.drop(columns="campaign_id")), ColumnsError, LEVELS + 'None. Put readings together, then df.rename_axis("campaign_id").set_index("fetched_at", append=True).'),
    (lambda: changes(TWO.drop(columns="sent_count")), ColumnsError, "changes: missing column 'sent_count'; the frame has 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda: changes(TWO, "bounce_rate"), ColumnsError, "changes: missing column 'bounced_count'; the frame has 'sent_count', 'replied_count' and 'fetched_at'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda: changes(TWO, level=95), InputError, "changes: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda: changes(TWO, since="last week"), InputError, "changes: since must be a length of time such as '7D', a time with its zone, such as '2026-09-01 09:00+02:00', or a date, which is midnight UTC, not 'last week'."),
    (lambda: changes(TWO, since="7"), InputError, "changes: since must be a length of time such as '7D', a time with its zone, such as '2026-09-01 09:00+02:00', or a date, which is midnight UTC, not '7'."),
    (lambda: changes(TWO, until=7), InputError, "changes: until must be a time with its zone, such as '2026-09-01 09:00+02:00', or a date, which is midnight UTC, not 7."),
    (lambda: changes(TWO, until="2026-02-30"), InputError, "changes: until must be a time, as in '2026-03-01 09:00+01:00', or a date, which is midnight UTC, not '2026-02-30'."),
    (lambda: changes(TWO, since="2026-03-09 09:00"), InputError, "changes: since must say its time zone, as in pandas.Timestamp('2026-03-09 09:00:00', tz='Europe/Berlin'), not '2026-03-09 09:00'."),
    (lambda: changes(TWO, since="2026-03-10", until="2026-03-09"), InputError, "changes: since must lie before until (2026-03-09T00:00:00+00:00), but '2026-03-10' does not."),
    (lambda: changes(TWO, since="-7D"), InputError, "changes: since must lie before until (2026-03-09T09:00:00+00:00), but '-7D' does not."),
    (lambda: changes(pd.concat([TWO, TWO.assign(sent_count=300)])), InputError, "changes: campaign 'a' has two snapshots with unlike counts at 2026-03-02T09:00:00+00:00. Drop one."),
    (lambda: changes(snapshots([(None, 0, 1, 1)])), InputError, "changes: the index has missing values in 'campaign_id' or 'fetched_at'. Drop those rows."),
    (lambda: changes(TWO.assign(replied_count=[5, -1])), InputError, f"changes: column 'replied_count' must hold whole numbers of at least 0 or missing values, but row {TWO.index[1]!r} (position 1) has -1."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_naive_times_are_refused():
    naive = TWO.copy()
    naive.index = naive.index.set_levels(naive.index.levels[1].tz_localize(None), level=1)
    with pytest.raises(InputError) as caught:
        changes(naive)
    kind = naive.index.levels[1].dtype
    assert str(caught.value) == (
        f"changes: fetched_at must hold times with a zone, not {kind}. If they are in UTC, use "
        "pandas.to_datetime(..., utc=True)."
    )
