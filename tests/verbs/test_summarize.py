"""`summarize` against plain pandas, and other libraries' limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

import leadlex_pandas
from leadlex_pandas import ColumnsError, InputError, Metric, benchmark, summarize
from tests.verbs.frames import COUNTS, campaigns, small_frames


def plain_summary(df, by, level=0.95):
    """Counts summed, then divided, with statsmodels' Wilson limits."""
    grouped = df.groupby(by)[COUNTS].sum()
    expected = pd.concat([df.groupby(by).size().rename("campaigns"), grouped], axis=1)
    low, high = proportion_confint(grouped["replied_count"], grouped["sent_count"], alpha=1 - level, method="wilson")
    return expected.assign(
        reply_rate=grouped["replied_count"] / grouped["sent_count"], reply_rate_low=low, reply_rate_high=high
    )


@pytest.mark.parametrize("by", ["office", ["office", "kind"], ["kind"]])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_groups_against_plain_pandas(by, level):
    df = campaigns()
    ours = summarize(df, "reply_rate", by=by, level=level)
    expected = plain_summary(df, by, level)
    if by == ["kind"]:
        expected = plain_summary(df, "kind", level)
    pd.testing.assert_frame_equal(ours, expected, check_dtype=False, rtol=1e-9)
    assert [str(ours[name].dtype) for name in COUNTS] == ["Int64"] * 6


def test_the_whole_portfolio_is_one_row():
    df = campaigns()
    ours = summarize(df, "reply_rate")
    pd.testing.assert_frame_equal(
        ours, plain_summary(df.assign(group="all"), "group"), check_dtype=False, check_index_type=False, rtol=1e-9
    )


def test_it_is_no_mean_of_rates():
    df = pd.DataFrame({"sent_count": [20, 980], "replied_count": [2, 18]})
    assert summarize(df, "reply_rate")["reply_rate"].tolist() == [0.02]


def test_total_comes_last():
    df = campaigns()
    ours = summarize(df, "reply_rate", by="office", total=True)
    assert ours.index.tolist() == ["Berlin", "Hamburg", "Munich", "all"]
    assert ours.index.name == "office"
    pd.testing.assert_series_equal(ours.loc["all"], summarize(df, "reply_rate").loc["all"])
    both = summarize(df, "reply_rate", by=["office", "kind"], total=True)
    assert both.index[-1] == ("all", "")
    assert both.index.names == ["office", "kind"]
    assert both["campaigns"].iloc[-1] == 24


def test_rates_by_default_are_those_the_frame_allows():
    ours = summarize(campaigns())
    assert [name.removesuffix("_low") for name in ours.columns if name.endswith("_low")] == [
        "open_rate", "click_rate", "reply_rate", "bounce_rate", "unsubscribe_rate", "delivery_rate",
        "click_to_open_rate", "reply_to_open_rate", "unsubscribe_to_open_rate",
    ]  # fmt: skip
    few = summarize(campaigns()[["sent_count", "replied_count"]])
    assert few.columns.tolist() == [
        "campaigns", "sent_count", "replied_count", "reply_rate", "reply_rate_low", "reply_rate_high",
    ]  # fmt: skip


def test_it_opens_again():
    df = campaigns()
    ours = summarize(df, "reply_rate", by="office")
    again = ours.leadlex.benchmark("reply_rate", against=0.04)
    assert again["rate"].tolist() == ours["reply_rate"].tolist()
    assert ours.leadlex.explain("Munich", against="cold-b2b-it-2026").startswith("The group Munich had ")
    whole = summarize(df, "reply_rate", by="office", total=True)
    assert whole.leadlex.explain("all", against=0.04).startswith("The portfolio had ")


GROUPS_ARE_NO_CAMPAIGNS = (
    "the frame is a summary: its rows are groups of campaigns, or all of them, and would be taken for single campaigns, as "
    "if those of a group did not differ. Take the frame of campaigns: compare_groups(campaigns, by='office') says whether "
    "groups differ"
)


@pytest.mark.parametrize("against", ["rest", "pooled", "median"])
def test_groups_are_not_judged_as_if_they_were_campaigns(against):
    ours = summarize(campaigns(), by="office", total=True)
    for call, options in {
        "benchmark": (), "plan": (), "explain": ("Munich",), "working": ("Munich",),
    }.items():  # fmt: skip
        with pytest.raises(InputError) as caught:
            getattr(leadlex_pandas, call)(ours, *options, against=against)
        assert str(caught.value) == (
            f"{call}: {GROUPS_ARE_NO_CAMPAIGNS}; or compare the summary with a fixed rate or benchmark (against=0.04)."
        )


def test_groups_are_neither_ranked_nor_grouped_nor_summed_as_campaigns():
    ours = summarize(campaigns(), by="office", total=True)
    for call, options in {"rank": (), "compare_groups": ("campaigns",), "summarize": ()}.items():
        with pytest.raises(InputError) as caught:
            getattr(leadlex_pandas, call)(ours.loc[["Munich", "Berlin"]], *options)
        assert str(caught.value) == f"{call}: {GROUPS_ARE_NO_CAMPAIGNS}."
    with pytest.raises(InputError) as caught:
        summarize(summarize(campaigns()))
    assert "compare_groups(campaigns, by=...) says" in str(caught.value)
    with pytest.raises(InputError) as caught:
        summarize(summarize(campaigns(), by=("office", "kind")))
    assert "compare_groups(campaigns, by=['office', 'kind']) says" in str(caught.value)


def test_a_metric_of_ones_own_brings_its_counts():
    df = campaigns().assign(meetings=lambda d: d["replied_count"].clip(upper=2))
    ours = summarize(df, Metric("meeting_rate", "meetings", "replied_count"), by="office")
    sums = df.groupby("office")[["meetings", "replied_count"]].sum()
    np.testing.assert_allclose(ours["meeting_rate"], sums["meetings"] / sums["replied_count"])
    assert ours["meetings"].tolist() == sums["meetings"].tolist()


def test_untracked_campaigns_are_in_no_open_rate_and_a_summary_says_so():
    df = pd.DataFrame({"sent_count": [1000, 500, 200], "opened_count": [400, 0, 90], "replied_count": [40, 20, 8],
                       "group": ["x", "x", "y"]})  # fmt: skip
    ours = summarize(df, ["open_rate", "reply_rate"], by="group", design_effect=1)
    assert ours["open_rate"].tolist() == [400 / 1000, 90 / 200]
    assert ours["reply_rate"].tolist() == [60 / 1500, 8 / 200]
    assert ours["opened_count"].tolist() == [400, 90]
    assert ours["track_opens"].tolist() == [False, True]
    assert benchmark(ours, "open_rate", against=0.4)["verdict"].tolist()[0] == "no data"
    assert "track_opens" not in summarize(df.iloc[2:], by="group")


def test_missing_counts_spoil_nothing():
    df = pd.DataFrame({"sent_count": pd.array([100, None, 50, 40], "Int64"),
                       "replied_count": pd.array([4, 9, None, 2], "Int64"), "group": ["x", "x", "x", "y"]})  # fmt: skip
    ours = summarize(df, "reply_rate", by="group")
    assert ours["reply_rate"].tolist() == [0.04, 0.05]
    assert ours["campaigns"].tolist() == [3, 1]
    assert ours["sent_count"].tolist() == [150, 40]
    unknown = summarize(df.iloc[1:3], "reply_rate", by="group")
    assert unknown["reply_rate"].isna().all()
    none = summarize(df.assign(replied_count=pd.array([None] * 4, "Int64")), "reply_rate")
    assert none["replied_count"].isna().all()  # not 0: nothing was counted


def test_groups_of_categories_and_of_missing_values():
    office = pd.Categorical(["Munich", None, "Berlin"], categories=["Munich", "Paris", "Berlin"])
    df = pd.DataFrame({"sent_count": [100, 200, 300], "replied_count": [1, 2, 3], "office": office})
    ours = summarize(df, "reply_rate", by="office", total=True)
    assert ours.index.tolist()[:2] == ["Munich", "Berlin"]  # in the order of the categories, without Paris
    assert pd.isna(ours.index[2])
    assert ours["sent_count"].tolist() == [100, 300, 200, 600]
    both = summarize(df.assign(kind=pd.Categorical(["a", "b", "a"])), "reply_rate", by=["office", "kind"])
    assert both["sent_count"].tolist() == [100, 300, 200]


def test_index_levels_can_be_groups():
    index = pd.MultiIndex.from_tuples([("A", "1"), ("B", "1"), ("A", "2")], names=["account", "campaign_id"])
    df = pd.DataFrame({"sent_count": [100, 200, 300], "replied_count": [1, 2, 3]}, index=index)
    ours = summarize(df, "reply_rate", by="account")
    assert ours.index.tolist() == ["A", "B"]
    assert ours["sent_count"].tolist() == [400, 200]


def test_design_effect():
    df = campaigns()
    ours = summarize(df, "open_rate", by="office", design_effect=2)
    grouped = df.groupby("office")[COUNTS].sum() / 2
    low, high = proportion_confint(grouped["opened_count"], grouped["sent_count"], method="wilson")
    np.testing.assert_allclose(ours["open_rate_low"], low, rtol=1e-9)
    np.testing.assert_allclose(ours["open_rate_high"], high, rtol=1e-9)
    assert ours.attrs["design_effect"] == {"open_rate": {"smallest": 2.0, "largest": 2.0, "source": "given"}}


def test_design_effects_of_campaigns_with_other_steps_weigh_by_their_emails():
    df = pd.concat([campaigns(seed, 40) for seed in range(3)], ignore_index=True).assign(steps=1)
    df.loc[::2, "steps"] = 5
    rng = np.random.default_rng(5)
    for i in df.index[::2]:  # recipients that open all or nothing of five emails
        people = max(df.loc[i, "sent_count"] // 5, 1)
        df.loc[i, ["sent_count", "opened_count"]] = 5 * people, 5 * rng.binomial(people, 0.45)
    phi = benchmark(df, "open_rate")["design_effect"]
    assert phi.iloc[1] == 1 < phi.iloc[0]
    ours = summarize(df, "open_rate")
    effect = (phi * df["sent_count"]).sum() / df["sent_count"].sum()
    low, _ = proportion_confint(df["opened_count"].sum() / effect, df["sent_count"].sum() / effect, method="wilson")
    assert ours["open_rate_low"].iloc[0] == pytest.approx(low, rel=1e-9)


def test_more_clicks_than_emails_are_a_ratio():
    df = pd.DataFrame({"sent_count": [10, 10], "clicked_count": [18, 6]})
    ours = summarize(df, "click_rate", design_effect=1)
    assert ours["click_rate"].tolist() == [1.2]
    assert ours["click_rate_low"].iloc[0] == pytest.approx(chi2.ppf(0.025, 48) / 2 / 20)
    assert ours["click_rate_high"].iloc[0] == pytest.approx(chi2.ppf(0.975, 50) / 2 / 20)


def test_an_empty_frame():
    df = campaigns().iloc[:0]
    ours = summarize(df, "reply_rate")
    assert ours.loc["all", ["campaigns", "sent_count"]].tolist() == [0, 0]
    assert ours["reply_rate"].isna().all()
    assert len(summarize(df, "reply_rate", by="office")) == 0
    assert len(summarize(df, "reply_rate", by=["office", "kind"])) == 0


@given(small_frames())
@settings(derandomize=True, deadline=None, max_examples=30)
def test_order_missing_rows_and_size(df):
    ours = summarize(df, "reply_rate", by="group")
    pd.testing.assert_frame_equal(ours, summarize(df[::-1], "reply_rate", by="group"))
    gap = pd.DataFrame({"sent_count": [None], "replied_count": [None], "group": ["a"]})
    with_gap = summarize(pd.concat([df.astype(object), gap]), "reply_rate", by="group")
    pd.testing.assert_frame_equal(
        ours.drop(columns="campaigns"), with_gap.loc[ours.index].drop(columns="campaigns"), check_index_type=False
    )
    grown = summarize(
        df.assign(sent_count=df["sent_count"] * 7, replied_count=df["replied_count"] * 7), "reply_rate", by="group"
    )
    known = ours["reply_rate"].notna()
    assert ((grown["reply_rate_high"] - grown["reply_rate_low"]) < (ours["reply_rate_high"] - ours["reply_rate_low"]))[
        known
    ].all()
    assert (ours["reply_rate_low"] <= ours["reply_rate"])[known].all()
    assert (ours["reply_rate"] <= ours["reply_rate_high"])[known].all()


def test_a_missing_count_is_told_where_the_sums_do_not_match_the_rate():
    df = pd.DataFrame({"office": ["A", "A", "B", "B"], "sent_count": [500, 500, 300, None]})
    df["replied_count"] = pd.array([20, None, 3, None], "Int64")
    summary = summarize(df, "reply_rate", by="office", total=True)
    assert summary[["sent_count", "replied_count"]].to_numpy().tolist() == [[1000, 20], [300, 3], [1300, 23]]
    assert summary["reply_rate"].tolist() == [20 / 500, 3 / 300, 23 / 800]
    assert summary["caveats"].tolist() == ["counts_missing", "", "counts_missing"]
    words = "a count is missing: rate and sums rest on different campaigns"
    assert summary.leadlex.present()["note"].to_dict() == {"A": words, "B": "–", "all": words}
    assert "caveats" not in summarize(df.dropna(), "reply_rate", by="office")
    off = df.dropna().assign(opened_count=[0, 90], track_opens=[False, True])
    assert "caveats" not in summarize(off, "open_rate")  # not tracked is told otherwise


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: summarize(df, by="partner"), ColumnsError, "summarize: by='partner' is no column and no index level; there are 'sent_count', 'replied_count' and 'campaign_id'."),
    (lambda df: summarize(df, by=[]), InputError, "summarize: by must be the name of a column or index level, or a list of names, not []."),
    (lambda df: summarize(df, level=95), InputError, "summarize: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda df: summarize(df[["replied_count"]]), ColumnsError, "summarize: missing column 'sent_count'; the frame has 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: summarize(df, "open_rate"), ColumnsError, "summarize: missing column 'opened_count'; the frame has 'sent_count' and 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
    (lambda df: summarize(df, design_effect=0.5), InputError, "summarize: design_effect must be 'auto' or a number of at least 1, not 0.5."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(campaigns()[["sent_count", "replied_count"]])
    assert str(caught.value) == message


def test_the_callers_frame_stays_as_it_is():
    df = campaigns()
    before = df.copy(deep=True)
    summarize(df, by="office", total=True)
    pd.testing.assert_frame_equal(df, before)
    assert leadlex_pandas.summarize is summarize
