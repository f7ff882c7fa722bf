"""`rank`: scipy's beta-binomial as oracle for the shrunk rates, known portfolios for ranks."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import beta, betabinom, norm

from leadlex_pandas import InputError, Metric, UnlikeStepsWarning, rank
from leadlex_pandas.stats import fit_beta_binomial, rank_intervals
from leadlex_pandas.verbs import once

COLUMNS = ["events", "trials", "rate", "shrunk", "shrunk_low", "shrunk_high", "rank", "rank_low", "rank_high", "prob_best",
           "design_effect", "caveats"]  # fmt: skip


def portfolio(campaigns, a=2, b=60, seed=0, least=30, most=3000):
    """Campaigns whose true rates are Beta(a, b)."""
    rng = np.random.default_rng(seed)
    sends = np.exp(rng.uniform(np.log(least), np.log(most), campaigns)).astype(int)
    true = rng.beta(a, b, campaigns)
    df = pd.DataFrame({"sent_count": sends, "replied_count": rng.binomial(sends, true)})
    return df.set_axis([f"c{i}" for i in range(campaigns)]), pd.Series(true, [f"c{i}" for i in range(campaigns)])


def fitted(k, n):
    """Maximum likelihood by scipy's own beta-binomial and a simplex."""
    found = minimize(lambda x: -betabinom.logpmf(k, n, *np.exp(x)).sum(), [0.5, 4], method="Nelder-Mead",
                     options={"xatol": 1e-8, "fatol": 1e-9})  # fmt: skip
    return np.exp(found.x)


def test_rates_are_drawn_to_the_mean_of_the_portfolio():
    df, _ = portfolio(70)
    table = rank(df, level=0.95).reindex(df.index)
    a, b = fitted(df["replied_count"], df["sent_count"])
    k, n = df["replied_count"], df["sent_count"]
    np.testing.assert_allclose(table["shrunk"], (a + k) / (a + b + n), rtol=1e-4)
    np.testing.assert_allclose(table["shrunk_low"], beta.ppf(0.025, a + k, b + n - k), rtol=1e-3)
    np.testing.assert_allclose(table["shrunk_high"], beta.ppf(0.975, a + k, b + n - k), rtol=1e-3)
    facts = rank(df).attrs
    assert facts["campaigns"] == 70
    assert facts["mean"] == pytest.approx(a / (a + b), rel=1e-4)
    assert facts["theta"] == pytest.approx(1 / (a + b), rel=1e-3)


def test_shape_and_order():
    df, _ = portfolio(30)
    table = rank(df)
    assert table.columns.tolist() == COLUMNS
    assert rank(df.assign(label="x")).columns.tolist() == ["label", *COLUMNS]
    assert sorted(table.index) == sorted(df.index)
    assert table["shrunk"].is_monotonic_decreasing
    assert table["rank"].tolist() == table["shrunk"].rank(ascending=False, method="min").astype(int).tolist()
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    assert {str(table[name].dtype) for name in ("rank", "rank_low", "rank_high", "events", "trials")} == {"Int64"}
    assert table["prob_best"].sum() == pytest.approx(1)
    assert table["events"].tolist() == df.loc[table.index, "replied_count"].tolist()
    assert table.attrs["evidence"] is None


def test_luck_is_not_rewarded():
    df = pd.DataFrame({"sent_count": [20, *[2000] * 9], "replied_count": [4, 200, *[60] * 8]})
    table = rank(df)
    assert df["replied_count"].div(df["sent_count"]).idxmax() == 0  # the raw list is led by 4 of 20
    assert table.index[0] == 1
    assert table.loc[1, "prob_best"] > 0.5
    assert table["rank"].tolist()[-8:] == [3] * 8  # equals share the better place


def test_where_low_is_better_everything_turns_round():
    df, _ = portfolio(40)
    df = df.rename(columns={"replied_count": "bounced_count"})
    low = rank(df, "bounce_rate")
    kept = df.assign(kept=df["sent_count"] - df["bounced_count"])
    high = rank(kept, Metric("kept_rate", "kept", "sent_count"))
    assert low.index.tolist() == high.index.tolist()
    assert low["shrunk"].is_monotonic_increasing
    np.testing.assert_allclose(low["shrunk"], 1 - high["shrunk"])
    np.testing.assert_allclose(low["shrunk_low"], 1 - high["shrunk_high"])
    pd.testing.assert_frame_equal(low[["rank", "rank_low", "rank_high", "prob_best"]],
                                  high[["rank", "rank_low", "rank_high", "prob_best"]])  # fmt: skip
    opposite = rank(df, Metric("bounce_rate", "bounced_count", "sent_count"))
    np.testing.assert_allclose(opposite["shrunk"].reindex(low.index), low["shrunk"], rtol=1e-6)


def tarone(k, n):
    """Tarone (1979): z of the score for extra spread."""
    p = k.sum() / n.sum()
    s = ((k - n * p) ** 2).sum() / (p * (1 - p))
    return (s - n.sum()) / np.sqrt(2 * (n * (n - 1)).sum())


def test_no_evidence_means_any_order():
    df, _ = portfolio(25, a=200_000, b=6_000_000)
    assert norm.sf(tarone(df["replied_count"], df["sent_count"])) > 0.05
    table = rank(df)
    assert (table["rank_low"] == 1).all()
    assert (table["rank_high"] == 25).all()
    assert table["prob_best"].isna().all()
    assert table.attrs["evidence"] == "no evidence that campaigns differ"
    assert (table["shrunk_high"] > table["shrunk_low"]).all()  # doubt is left all the same


def test_a_rank_never_misses_its_own_limits():
    df, _ = portfolio(200, seed=1)
    table = rank(df)
    assert table["rank"].between(table["rank_low"], table["rank_high"]).all()
    fit = fit_beta_binomial(df["replied_count"], df["sent_count"])
    low, high, _ = rank_intervals(df["replied_count"], df["sent_count"], fit=fit)
    ours = table.loc[df.index]
    beyond = (ours["rank"] < low) | (ours["rank"] > high)
    assert 0 < beyond.sum() < 10  # what the draws alone would say of a few
    assert ours.loc[~beyond, "rank_low"].tolist() == low[~beyond].tolist()
    assert ours.loc[~beyond, "rank_high"].tolist() == high[~beyond].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_evidence_is_tarones(seed):
    df, _ = portfolio(20, a=30, b=900, seed=seed)
    chance = norm.sf(tarone(df["replied_count"], df["sent_count"]))
    table = rank(df)
    assert table.attrs["evidence_p_value"] == pytest.approx(chance)
    assert table["prob_best"].isna().all() == (chance > 0.05)


def test_rows_without_a_proportion_stand_last():
    df, _ = portfolio(20)
    extra = pd.DataFrame({"sent_count": [0, 10, None], "replied_count": [0, 20, 5]}, index=["x", "y", "z"])
    table, alone = rank(pd.concat([extra, df])), rank(df)
    assert table.index.tolist()[-3:] == ["x", "y", "z"]
    assert table.iloc[-3:][["shrunk", "rank", "rank_low", "rank_high", "prob_best"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(table.iloc[:20], alone, check_dtype=False)
    assert (table.loc["y", "rate"], table.loc["y", "caveats"]) == (2.0, "events_exceed_sends")


def test_row_order_changes_nothing():
    df, _ = portfolio(25)
    shuffled = rank(df.sample(frac=1, random_state=1)).reindex(df.index)
    pd.testing.assert_frame_equal(shuffled, rank(df).reindex(df.index))
    assert rank(df, seed=5)["rank"].equals(rank(df, seed=6)["rank"])


def test_few_and_none():
    empty = rank(portfolio(3)[0].iloc[:0])
    assert empty.columns.tolist() == COLUMNS
    one = rank(portfolio(1)[0])
    assert one[["rank", "rank_low", "rank_high"]].iloc[0].tolist() == [1, 1, 1]
    nothing = rank(pd.DataFrame({"sent_count": [50, 60], "replied_count": [0, 0]}))
    assert nothing["rank"].tolist() == [1, 2]  # of the more emails without a reply, the less is hoped
    assert nothing["rank_high"].tolist() == [2, 2]
    unsent = rank(pd.DataFrame({"sent_count": [0], "replied_count": [0]}))
    assert unsent["rank"].isna().all()
    assert unsent.attrs["evidence"] is None


def test_a_design_effect_leaves_more_doubt():
    df, _ = portfolio(60)
    plain, wide = rank(df).reindex(df.index), rank(df, design_effect=3).reindex(df.index)
    assert (wide["shrunk_high"] - wide["shrunk_low"]).mean() > (plain["shrunk_high"] - plain["shrunk_low"]).mean()
    assert (wide["rank_high"] - wide["rank_low"]).mean() > (plain["rank_high"] - plain["rank_low"]).mean()
    opens = df.rename(columns={"replied_count": "opened_count"}).iloc[:20]
    assert rank(opens, "open_rate")["caveats"].str.contains("design_effect_unknown").all()
    assert rank(opens, "open_rate", design_effect=1.5).attrs["design_effect"]["largest"] == 1.5


@pytest.mark.parametrize(("a", "b", "campaigns"), [(2, 60, 14), (20, 605, 10), (20, 605, 14), (2, 60, 50)])
def test_shrunk_limits_cover_the_truth(a, b, campaigns):
    inside = []
    for seed in range(25):
        df, true = portfolio(campaigns, a, b, seed=seed)
        table = rank(df, level=0.95).reindex(df.index)
        inside.append((table["shrunk_low"] <= true) & (true <= table["shrunk_high"]))
    # .92 is aimed at over many portfolios; 25 of them have a standard error of about .03
    assert np.mean(inside) > 0.88


@pytest.fixture
def not_warned_yet():
    before = set(once._said)
    once._said.clear()
    yield
    once._said.update(before)


@pytest.mark.usefixtures("not_warned_yet")
def test_unlike_steps_are_warned_about():
    df = portfolio(5)[0].assign(steps=[1, 2, 3, 3, 3])
    with pytest.warns(UnlikeStepsWarning, match="^rank: replies per email fall") as caught:
        table = rank(df)
    assert caught[0].filename == __file__
    assert table["caveats"].str.contains("unlike_steps").all()


@pytest.mark.parametrize(("options", "message"), [
    ({"level": 90}, "rank: level must lie between 0 and 1 (exclusive), not 90. Did you mean 0.9?"),
    ({"seed": -1}, "rank: seed must be a whole number of at least 0, not -1."),
    ({"seed": 0.5}, "rank: seed must be a whole number of at least 0, not 0.5."),
    ({"design_effect": 0}, "rank: design_effect must be 'auto' or a number of at least 1, not 0."),
])  # fmt: skip
def test_errors(options, message):
    with pytest.raises(InputError) as caught:
        rank(portfolio(3)[0], **options)
    assert str(caught.value) == message


def test_frames_from_elsewhere():
    df, _ = portfolio(20)
    expected = rank(df)
    for other in (df.astype(float), df.astype(str), df.astype("Int64"), df.astype(object)):
        pd.testing.assert_frame_equal(rank(other), expected)
    same = rank(df.set_axis(["same"] * 20))
    assert same["rank"].tolist() == expected["rank"].tolist()
    nested = rank(df.set_axis(pd.MultiIndex.from_product([["a", "b"], range(10)])))
    assert nested["shrunk"].tolist() == expected["shrunk"].tolist()
    assert df.attrs == {}
    huge = rank(pd.DataFrame({"sent_count": [10**9, 10**9, 100], "replied_count": [40_000_000, 39_000_000, 4]}))
    assert huge.loc[[0, 1], ["rank_low", "rank_high"]].notna().all(axis=None)
