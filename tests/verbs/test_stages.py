"""`stages` against plain pandas."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas import ColumnsError, InconsistentCountsWarning, InputError, stages
from tests.verbs.frames import COUNTS, campaigns, small_frames

STAGES = ["sent", "delivered", "opened", "clicked", "replied"]


def test_against_plain_pandas():
    df = campaigns().assign(replied_count=lambda d: d["clicked_count"] // 2, steps=1)  # one step: nobody counts twice
    ours = stages(df, by="office", level=0.9)
    sums = df.assign(delivered_count=df["sent_count"] - df["bounced_count"]).groupby("office").sum(numeric_only=True)
    rows = []
    for office, row in sums.iterrows():
        counts = [row[f"{name}_count"] for name in STAGES]
        for place, (name, count) in enumerate(zip(STAGES, counts, strict=True)):
            before = counts[place - 1]
            low, high = proportion_confint(count, before, alpha=0.1, method="wilson") if place else (np.nan, np.nan)
            rows.append([office, name, count, count / counts[0], count / before if place else np.nan, low, high])
    expected = pd.DataFrame(rows, columns=["office", "stage", "count", "of_sent", "of_previous", "low", "high"])
    pd.testing.assert_frame_equal(
        ours.drop(columns=["unit", "design_effect"]),
        expected.set_index(["office", "stage"]),
        check_dtype=False,
        rtol=1e-9,
    )
    assert list(ours.columns) == ["count", "unit", "of_sent", "of_previous", "low", "high", "design_effect"]
    assert ours["design_effect"].fillna(0).tolist() == [0, 1, 1, 1, 1] * 3
    assert ours["unit"].tolist()[:5] == [
        "emails", "emails, estimated", "recipients, once per email", "link clicks", "recipients",
    ]  # fmt: skip


def test_stages_without_counts_are_left_out():
    df = campaigns()[["sent_count", "replied_count"]]
    ours = stages(df)
    assert ours.index.tolist() == [("all", "sent"), ("all", "replied")]
    assert ours.index.names == ["group", "stage"]
    assert ours["of_previous"].iloc[1] == df["replied_count"].sum() / df["sent_count"].sum()
    assert stages(df[["sent_count"]])["count"].tolist() == [df["sent_count"].sum()]


def test_rates_rest_on_campaigns_that_have_both_counts():
    df = pd.DataFrame({"sent_count": [1000, 500, 100], "opened_count": [400, 0, None], "replied_count": [40, 20, 9]})
    ours = stages(df).droplevel("group")
    assert ours["count"].tolist() == [1600, 400, 69]
    assert ours["of_sent"].tolist() == [1.0, 0.4, 69 / 1600]
    assert ours["of_previous"].tolist()[1:] == [
        0.4,
        0.1,
    ]  # of the replies only those of the campaign that tracked opens


def test_a_stage_that_nobody_tracked_is_missing_and_not_zero():
    df = campaigns().assign(track_opens=False)
    ours = stages(df).droplevel("group")
    assert ours.loc["opened"].drop(["unit", "design_effect"]).isna().all()
    assert ours.loc["clicked", "count"] == df["clicked_count"].sum()
    assert pd.isna(ours.loc["clicked", "of_previous"])
    assert ours.loc["clicked", "of_sent"] == df["clicked_count"].sum() / df["sent_count"].sum()


def warned(df, **options):
    with pytest.warns(InconsistentCountsWarning) as caught:
        stages(df, **options)
    [warning] = caught
    assert warning.filename == __file__
    return str(warning.message).removesuffix(
        " Clicks count links and may come from security software; add_caveats marks such campaigns (events_exceed_sends, "
        "clicks_exceed_opens)."
    )


def test_what_cannot_be_is_warned_of_in_words():
    counts = {"opened_count": [20, 40], "clicked_count": [21, 3], "replied_count": [5, 107]}
    df = pd.DataFrame({"sent_count": [100, 100], **counts, "g": ["x", "y"]})
    assert warned(df, by="g") == "stages: more clicks than opens in 'x'; more replies than emails sent in 'y'."
    assert warned(df.iloc[:1]) == "stages: more clicks than opens."
    assert warned(df.assign(clicked_count=0, h=1), by=["g", "h"]) == "stages: more replies than emails sent in 'y / 1'."
    assert warned(df.iloc[:1].assign(opened_count=101)) == "stages: more opens than emails sent."
    assert warned(df.iloc[:1].drop(columns="opened_count").assign(clicked_count=101)) == (
        "stages: more clicks than emails sent."
    )


def test_more_than_at_the_stage_before_is_no_mistake():
    df = pd.DataFrame({"sent_count": [100, 100], "clicked_count": [20, 3], "replied_count": [5, 7], "g": ["x", "y"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = stages(df, by="g")
        untracked = {"opened_count": 0, "track_opens": False}
        stages(df.assign(**untracked))
        stages(df.assign(opened_count=60, bounced_count=50))  # delivered is an estimate
    assert ours.loc[("y", "replied"), "of_previous"] == 7 / 3
    assert ours.loc[("y", "replied"), "low"] == pytest.approx(chi2.ppf(0.025, 14) / 2 / 3)
    assert ours.loc[("y", "replied"), "high"] == pytest.approx(chi2.ppf(0.975, 16) / 2 / 3)


def test_a_given_design_effect_holds_for_every_stage():
    df = campaigns().assign(replied_count=lambda d: d["clicked_count"] // 2)
    ours = stages(df, design_effect=2).droplevel("group").iloc[1:]
    counts = df.assign(delivered_count=df["sent_count"] - df["bounced_count"]).sum(numeric_only=True)
    for before, name in pairwise(STAGES):
        limits = proportion_confint(counts[f"{name}_count"] / 2, counts[f"{before}_count"] / 2, method="wilson")
        np.testing.assert_allclose(ours.loc[name, ["low", "high"]].astype(float), limits)
    assert (ours["design_effect"] == 2).all()


def test_groups():
    df = campaigns()
    both = stages(df, by=["office", "kind"])
    assert both.index.names == ["office", "kind", "stage"]
    assert (
        both["count"].loc[("Berlin", "new", "sent")]
        == df.loc[(df["office"] == "Berlin") & (df["kind"] == "new"), "sent_count"].sum()
    )
    assert stages(df.iloc[:0])["count"].tolist() == [0] * 5
    assert len(stages(df.iloc[:0], by="office")) == 0
    assert stages(df.iloc[:0], by="office").index.names == ["office", "stage"]


@pytest.mark.filterwarnings("ignore::leadlex_pandas.InconsistentCountsWarning")
@given(small_frames())
@settings(derandomize=True, deadline=None, max_examples=30)
def test_order_missing_rows_and_size(df):
    df["steps"] = 1
    ours = stages(df, by="group")
    pd.testing.assert_frame_equal(ours, stages(df[::-1], by="group"))
    gap = pd.DataFrame(dict.fromkeys(COUNTS) | {"group": ["a"], "steps": [1]})
    with_gap = stages(pd.concat([df.astype(object), gap], ignore_index=True), by="group")
    pd.testing.assert_frame_equal(ours, with_gap.loc[ours.index])
    grown = stages(df.assign(**{name: 9 * df[name] for name in COUNTS}), by="group")
    known = ours["low"].notna() & ((ours["of_previous"] > 0) | (ours["high"] > 0))
    assert ((grown["high"] - grown["low"]) < (ours["high"] - ours["low"]))[known].all()


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: stages(df[["replied_count"]]), ColumnsError, "stages: missing column 'sent_count'; the frame has 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: stages(df, level=1), InputError, "stages: level must lie between 0 and 1 (exclusive), not 1."),
    (lambda df: stages(df, design_effect=0.5), InputError, "stages: design_effect must be 'auto' or a number of at least 1, not 0.5."),
    (lambda df: stages(df, by="partner"), ColumnsError, "stages: by='partner' is no column and no index level; there are 'sent_count', 'replied_count' and 'campaign_id'."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(campaigns()[["sent_count", "replied_count"]])
    assert str(caught.value) == message


def test_facts_for_captions():
    df = pd.DataFrame(
        {"sent_count": [1000, 500, None], "replied_count": [40, 30, 5], "office": ["x", "y", "y"]}
    ).astype({"sent_count": "Int64"})
    facts = stages(df.assign(fetched_at=pd.Timestamp("2026-09-01 08:00", tz="UTC")), by="office", level=0.9).attrs
    assert (facts["campaigns"], facts["no_data"], facts["level"]) == (2, 1, 0.9)
    assert facts["read"] == ("2026-09-01 08:00", "2026-09-01 08:00")
    assert set(facts["of_sent_limits"]) == {"x / sent", "x / replied", "y / sent", "y / replied"}
    for office, k, n in (("x", 40, 1000), ("y", 30, 500)):
        *limits, effect = facts["of_sent_limits"][f"{office} / replied"]
        assert limits == pytest.approx(proportion_confint(k, n, alpha=0.1, method="wilson"))
        assert effect == 1
    halved = stages(df, by="office", design_effect=2).attrs["of_sent_limits"]["x / replied"]
    assert halved == pytest.approx([*proportion_confint(20, 500, method="wilson"), 2])
