"""`compare_groups` against a plain reading of its formulas, and by what it finds in simulated portfolios."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests

from leadlex_pandas import ColumnsError, InputError, Metric, compare_groups, stats
from tests.verbs.frames import campaigns

COLUMNS = [
    "campaigns", "events", "trials", "rate", "low", "high", "difference", "difference_low", "difference_high",
    "p_value", "p_adjusted", "overall_p_value", "caveats",
]  # fmt: skip


def wilson(rate, size, z):
    center = (rate * size + z**2 / 2) / (size + z**2)
    half = z * math.sqrt(rate * size * (1 - rate) + z**2 / 4) / (size + z**2)
    return center - half, center + half


def plain_limits(df, by, level=0.95):
    """METHODS 2.8 without strata, campaign by campaign: group -> (rate, low, high), others included as ~group."""
    rows = list(zip(df["replied_count"].astype(float), df["sent_count"].astype(float), df[by], strict=True))
    groups = sorted(df[by].unique())
    total_k, total_n = sum(k for k, _, _ in rows), sum(n for _, n, _ in rows)
    pooled = total_k / total_n
    size = {g: sum(n for _, n, h in rows if h == g) for g in groups}
    rate = {g: sum(k for k, _, h in rows if h == g) / size[g] for g in groups}
    spread = sum((k - n * rate[g]) ** 2 / (n * pooled * (1 - pooled)) for k, n, g in rows)
    expected = sum(1 - n / size[g] for _, n, g in rows)
    rho = (spread - expected) / sum((n - 1) * (1 - n / size[g]) for _, n, g in rows)
    rho = min(max(rho, 0.0), 1.0)
    quantile = student.ppf((1 + level) / 2, len(rows) - len(groups))
    limits = {}
    for g in groups:
        for name, members in ((g, [r for r in rows if r[2] == g]), (f"~{g}", [r for r in rows if r[2] != g])):
            k, n = sum(r[0] for r in members), sum(r[1] for r in members)
            phi = sum(r[1] * (1 + (r[1] - 1) * rho) for r in members) / n
            limits[name] = (k / n, *wilson(k / n, n / phi, quantile))
    return limits


def plain_statistic(k, n, groups):
    pooled = k.sum() / n.sum()
    share = 1 - n / n.sum()
    rho = (((k - n * pooled) ** 2 / (n * pooled * (1 - pooled))).sum() - share.sum()) / ((n - 1) * share).sum()
    rho = min(max(rho, 0.0), 1.0)
    total = 0.0
    for group in np.unique(groups):
        here = groups == group
        variance = (n[here] * pooled * (1 - pooled) * (1 + (n[here] - 1) * rho)).sum()
        total += (k[here] - n[here] * pooled).sum() ** 2 / variance
    return total, rho


def plain_p_value(df, groups, draws=700):
    """METHODS 2.8, one simulated portfolio after the other."""
    k, n = (df[name].to_numpy(float) for name in ("replied_count", "sent_count"))
    found, rho = plain_statistic(k, n, groups)
    rng, pooled, beyond = np.random.default_rng(99), k.sum() / n.sum(), 0
    for _ in range(draws):
        size = 1 / rho - 1 if rho else np.inf
        rates = rng.beta(pooled * size, (1 - pooled) * size, len(n)) if rho else pooled
        beyond += plain_statistic(rng.binomial(n.astype(int), rates).astype(float), n, groups)[0] >= found
    return (1 + beyond) / (1 + draws)


def spread_out(seed=0, number=24, groups=4, concentration=40.0):
    """Campaigns whose true rates differ within each group, the groups alike in mean."""
    rng = np.random.default_rng(seed)
    sent = np.exp(rng.uniform(np.log(60), np.log(1500), number)).astype(int)
    rates = rng.beta(0.05 * concentration, 0.95 * concentration, number)
    return pd.DataFrame({"sent_count": sent, "replied_count": rng.binomial(sent, rates),
                         "group": np.array(list("abcdefgh"))[np.arange(number) % groups]})  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_plain_reading_agrees(seed, level):
    df = spread_out(seed)
    table = compare_groups(df, "group", level=level)
    assert list(table.columns) == COLUMNS
    assert table.index.tolist() == list("abcd")
    assert table.index.name == "group"
    limits = plain_limits(df, "group", level)
    sums = df.groupby("group").agg(
        campaigns=("sent_count", "size"), events=("replied_count", "sum"), trials=("sent_count", "sum")
    )
    pd.testing.assert_frame_equal(table[["campaigns", "events", "trials"]], sums, check_dtype=False)
    for group in "abcd":
        rate, low, high = limits[group]
        others, others_low, others_high = limits[f"~{group}"]
        row = table.loc[group]
        np.testing.assert_allclose(row[["rate", "low", "high"]].astype(float), [rate, low, high], rtol=1e-7)
        assert row["difference"] == pytest.approx(rate - others)
        below = math.hypot(rate - low, others_high - others)
        above = math.hypot(high - rate, others - others_low)
        np.testing.assert_allclose(
            row[["difference_low", "difference_high"]].astype(float),
            [rate - others - below, rate - others + above], rtol=1e-6,
        )  # fmt: skip
        assert row["p_value"] == pytest.approx(plain_p_value(df, (df["group"] == group).to_numpy()), abs=0.09)
    np.testing.assert_allclose(table["p_adjusted"], multipletests(table["p_value"], method="fdr_bh")[1])
    overall = plain_p_value(df, df["group"].to_numpy())
    assert table["overall_p_value"].tolist() == [pytest.approx(overall, abs=0.09)] * 4


def test_the_spread_between_campaigns_counts():
    # one campaign of group a did very well: that is no finding about the group
    df = pd.DataFrame({"sent_count": [500] * 8, "replied_count": [95, 18, 22, 20, 21, 19, 23, 18],
                       "group": ["a"] * 4 + ["b"] * 4})  # fmt: skip
    table = compare_groups(df, "group")
    assert table["overall_p_value"].iloc[0] > 0.1
    assert (table["low"] < 0.05).all()
    two = stats.rest_test(155, 2000, 236, 4000)
    assert two < 1e-4  # as if all emails were alike


def test_groups_that_really_differ_are_found():
    rng = np.random.default_rng(1)
    df = spread_out(1, number=30, groups=3, concentration=2000)
    rates = df["group"].map({"a": 0.03, "b": 0.06, "c": 0.06})
    df["replied_count"] = rng.binomial(df["sent_count"], rates)
    table = compare_groups(df, "group")
    assert table["overall_p_value"].iloc[0] <= 0.002
    assert table.loc["a", "p_adjusted"] < 0.01
    assert table.loc["a", "difference_high"] < 0


@pytest.mark.parametrize(("groups", "each"), [(4, 2), (4, 4)])
def test_groups_alike_in_mean_are_rarely_told_apart(groups, each):
    found, inside, seen = 0, 0, 0
    for seed in range(60):
        df = spread_out(seed, number=groups * each, groups=groups)
        table = compare_groups(df, "group", seed=seed)
        found += table["overall_p_value"].iloc[0] <= 0.05
        inside += ((table["low"] <= 0.05) & (table["high"] >= 0.05)).sum()
        seen += groups
    assert found <= 8  # 60 at 5 %: more than 8 in 0.4 % of such runs
    assert inside / seen >= 0.88


def simpson():
    """Partner x beats partner y with clients and with strangers, and loses over all: x writes to strangers."""
    rows = []
    for partner, kind, sent, rate in (
        ("x", "client", 400, 0.12), ("x", "stranger", 2400, 0.030), ("y", "client", 2400, 0.09), ("y", "stranger", 400, 0.02),
    ):  # fmt: skip
        for extra in (0, 1, 2, 3):
            n = sent // 4 + extra
            rows.append((partner, kind, n, round(n * rate)))
    return pd.DataFrame(rows, columns=["partner", "kind", "sent_count", "replied_count"])


def test_strata_turn_a_reversal_round_and_say_so():
    df = simpson()
    crude, fair = compare_groups(df, "partner"), compare_groups(df, "partner", strata="kind")
    assert crude.loc["x", "rate"] < crude.loc["y", "rate"]
    assert fair.loc["x", "rate"] > fair.loc["y", "rate"]
    shares = df.groupby("kind")["sent_count"].sum() / df["sent_count"].sum()
    cells = df.groupby(["partner", "kind"])[["replied_count", "sent_count"]].sum()
    cells = (cells["replied_count"] / cells["sent_count"]).unstack()
    np.testing.assert_allclose(fair["rate"], (cells * shares).sum(axis=1))
    np.testing.assert_allclose(
        fair["difference"], [fair["rate"].iloc[0] - fair["rate"].iloc[1], fair["rate"].iloc[1] - fair["rate"].iloc[0]]
    )
    assert fair["caveats"].tolist() == ["order_reversed"] * 2
    assert crude["caveats"].tolist() == [""] * 2
    assert fair["events"].tolist() == crude["events"].tolist()


def test_limits_within_strata_by_a_plain_reading():
    df = simpson()
    df["replied_count"] += np.random.default_rng(4).integers(-6, 7, len(df))  # campaigns of one cell differ
    df["replied_count"] = df["replied_count"].clip(lower=0)
    table = compare_groups(df, "partner", strata="kind", level=0.9)
    common = df.groupby("kind")[["replied_count", "sent_count"]].sum()
    common = common["replied_count"] / common["sent_count"]
    cells = df.groupby(["partner", "kind"])[["replied_count", "sent_count"]].sum()
    spread = expected = room = 0.0
    for _, row in df.iterrows():
        k, n, p = row["replied_count"], row["sent_count"], common[row["kind"]]
        cell_k, cell_n = cells.loc[(row["partner"], row["kind"])]
        spread += (k - n * cell_k / cell_n) ** 2 / (n * p * (1 - p))
        expected += 1 - n / cell_n
        room += (n - 1) * (1 - n / cell_n)
    rho = (spread - expected) / room
    assert 0 < rho < 1
    shares = df.groupby("kind")["sent_count"].sum() / df["sent_count"].sum()
    quantile = student.ppf(0.95, len(df) - 4)  # partners and kinds
    for partner in "xy":
        rate = variance = 0.0
        for kind in shares.index:
            members = df[(df["partner"] == partner) & (df["kind"] == kind)]["sent_count"]
            k, n = cells.loc[(partner, kind)]
            phi = (members * (1 + (members - 1) * rho)).sum() / n
            rate += shares[kind] * k / n
            variance += shares[kind] ** 2 * (k / n) * (1 - k / n) * phi / n
        low, high = wilson(rate, rate * (1 - rate) / variance, quantile)
        np.testing.assert_allclose(
            table.loc[partner, ["rate", "low", "high"]].astype(float), [rate, low, high], rtol=1e-9
        )
    x, y = table.loc["x"], table.loc["y"]
    below = math.hypot(x["rate"] - x["low"], y["high"] - y["rate"])
    assert x["difference_low"] == pytest.approx(x["rate"] - y["rate"] - below)


def test_a_group_that_lacks_a_stratum_says_so():
    df = simpson()
    df = df[~((df["partner"] == "y") & (df["kind"] == "stranger"))]
    table = compare_groups(df, "partner", strata="kind")
    assert table["caveats"].str.contains("stratum_missing").tolist() == [False, True]
    only = df[df["partner"] == "y"]
    assert table.loc["y", "rate"] == pytest.approx(only["replied_count"].sum() / only["sent_count"].sum())


def test_a_group_of_one_campaign_is_never_called():
    df = spread_out(3, number=9, groups=4)
    df = df.iloc[:9]  # a has 3, the others 2
    df.loc[8, "group"] = "z"
    table = compare_groups(df, "group")
    assert table.loc["z", "campaigns"] == 1
    assert table.loc["z", "caveats"] == "one_campaign"
    assert table.loc["z", ["p_value", "p_adjusted", "difference_low", "difference_high"]].isna().all()
    assert table.loc["z", ["rate", "low", "high", "difference"]].notna().all()
    assert table[["difference_low", "difference_high"]].drop("z").notna().all(axis=None)
    assert table["p_value"].drop("z").notna().all()
    np.testing.assert_allclose(
        table["p_adjusted"].drop("z"), multipletests(table["p_value"].drop("z"), method="fdr_bh")[1]
    )


def test_hardly_anything_to_compare():
    df = spread_out(3, number=8, groups=2)
    one = compare_groups(df.assign(group="all"), "group")
    assert one[["difference", "difference_low", "p_value", "overall_p_value"]].isna().all(axis=None)
    assert one["rate"].iloc[0] == df["replied_count"].sum() / df["sent_count"].sum()
    each = compare_groups(df.assign(group=range(8)), "group")
    assert each["caveats"].tolist() == ["one_campaign"] * 8
    assert each[["low", "high", "p_value"]].isna().all(axis=None)  # no two campaigns show how far they spread
    assert len(compare_groups(df.iloc[:0], "group")) == 0
    nothing = compare_groups(df.assign(replied_count=0), "group")
    assert nothing["rate"].tolist() == [0.0, 0.0]
    assert nothing["p_value"].isna().all() or (nothing["p_value"] == 1).all()


def test_rows_without_a_proportion_play_no_part():
    df = spread_out(5)
    extra = pd.DataFrame(
        {"sent_count": [0, None, 10, 100], "replied_count": [0, 3, 11, None], "group": ["a", "b", "c", "empty"]}
    )
    table = compare_groups(pd.concat([df, extra], ignore_index=True), "group")
    plain = compare_groups(df, "group")
    pd.testing.assert_frame_equal(table.drop("empty"), plain, check_dtype=False)
    assert table.loc["empty", "campaigns"] == 0
    assert table.loc["empty"].drop(["campaigns", "events", "trials", "caveats", "overall_p_value"]).isna().all()


def test_sequences_of_unlike_lengths_are_marked():
    df = spread_out(5).assign(steps=[1, 2] * 12)
    assert compare_groups(df, "group")["caveats"].tolist() == ["unlike_steps"] * 4
    assert not compare_groups(df, "group", strata="steps")["caveats"].str.contains("unlike_steps").any()
    assert not compare_groups(df.assign(bounced_count=1), "group", "bounce_rate")["caveats"].any()


def test_row_order_and_seed():
    df = spread_out(7)
    ours = compare_groups(df, "group")
    pd.testing.assert_frame_equal(ours, compare_groups(df.sample(frac=1, random_state=1), "group"), rtol=1e-9)
    pd.testing.assert_frame_equal(ours, compare_groups(df, "group"))
    other = compare_groups(df, "group", seed=1)
    pd.testing.assert_frame_equal(ours.iloc[:, :9], other.iloc[:, :9])


def test_more_emails_do_not_make_few_campaigns_many():
    df = spread_out(11)
    grown = df.assign(sent_count=df["sent_count"] * 10, replied_count=df["replied_count"] * 10)
    ours, large = compare_groups(df, "group"), compare_groups(grown, "group")
    width, grown_width = ours["high"] - ours["low"], large["high"] - large["low"]
    # the same rates from ten times the emails can only mean that the campaigns themselves differ as far
    assert (grown_width > 0.9 * width).all()


def test_several_keys_and_metrics():
    df = campaigns(1, number=36)
    table = compare_groups(df, ["office", "kind"], "bounce_rate")
    assert table.index.names == ["office", "kind"]
    assert table["events"].sum() == df["bounced_count"].sum()
    mine = Metric("meeting_rate", "meetings", "sent_count")
    assert compare_groups(df.assign(meetings=3), "office", mine)["events"].tolist() == [36, 36, 36]
    office = pd.Categorical(df["office"], categories=["Munich", "Hamburg", "Berlin", "Paris"])
    table = compare_groups(df.assign(office=office), "office")
    assert table.index.tolist() == ["Munich", "Hamburg", "Berlin"]
    assert compare_groups(df, "office").attrs["metric"]["name"] == "reply_rate"


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: compare_groups(df, "partner"), ColumnsError, "compare_groups: by='partner' is no column and no index level; there are 'sent_count', 'replied_count' and 'group'."),
    (lambda df: compare_groups(df, "group", strata="kind"), ColumnsError, "compare_groups: strata='kind' is no column and no index level; there are 'sent_count', 'replied_count' and 'group'."),
    (lambda df: compare_groups(df, None), InputError, "compare_groups: by must be the name of a column or index level, or a list of names, not None."),
    (lambda df: compare_groups(df, "group", level=95), InputError, "compare_groups: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda df: compare_groups(df, "group", seed=-1), InputError, "compare_groups: seed must be a whole number of at least 0, not -1."),
    (lambda df: compare_groups(df, "group", strata="group"), InputError, "compare_groups: strata='group' holds by='group', so each stratum would have one group and nothing to compare it with. Name another column, of what else makes rates differ, such as the audience."),
    (lambda df: compare_groups(df.assign(kind=1), ["group"], strata=["kind", "group"]), InputError, "compare_groups: strata=['kind', 'group'] holds by=['group'], so each stratum would have one group and nothing to compare it with. Name another column, of what else makes rates differ, such as the audience."),
    (lambda df: compare_groups(df, "group", "bounce_rate"), ColumnsError, "compare_groups: missing column 'bounced_count'; the frame has 'sent_count', 'replied_count' and 'group'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(spread_out())
    assert str(caught.value) == message
