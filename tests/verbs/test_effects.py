"""Which design effect each verb uses: given, assumed, estimated from the frame, or unknown and said to be."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from leadlex_pandas import InputError, Metric, add_intervals, benchmark, compare, rank, stages, summarize
from leadlex_pandas.stats import design_effect


def opens(campaigns, *, seed=0, effect=1.8, least=30, most=3000):
    """Opens whose variance is about `effect` times a binomial's: recipients open in bunches."""
    rng = np.random.default_rng(seed)
    sends = np.exp(rng.uniform(np.log(least), np.log(most), campaigns)).astype(int)
    sends[:2] = least, most
    theta = (effect - 1) / (sends - 1) / (1 - (effect - 1) / (sends - 1))
    rates = rng.beta(0.45 / theta, 0.55 / theta)
    return pd.DataFrame({"sent_count": sends, "opened_count": rng.binomial(sends, rates)})


def unknown(table):
    return table["caveats"].str.contains("design_effect_unknown").tolist()


def test_replies_are_taken_as_binomial_and_opens_are_estimated():
    df = opens(200).assign(replied_count=lambda d: d["opened_count"] // 10)
    table = benchmark(df, "open_rate")
    expected = design_effect(df["opened_count"], df["sent_count"])
    assert 1.3 < expected[0] < 2.5  # made with 1.8
    assert table["design_effect"].tolist() == expected.tolist()
    assert not any(unknown(table))
    assert table.attrs["design_effect"] == {"smallest": expected[0], "largest": expected[0], "source": "estimated"}
    k, n = df["opened_count"] / expected, df["sent_count"] / expected
    np.testing.assert_allclose(table[["low", "high"]].T, proportion_confint(k, n, method="wilson"), rtol=1e-9)
    assert table["events"].tolist() == df["opened_count"].tolist()
    replies = benchmark(df)
    assert (replies["design_effect"] == 1).all()
    assert replies.attrs["design_effect"]["source"] == "assumed"
    assert not any(unknown(replies))


def test_what_the_user_says_counts():
    df = opens(60)
    table = benchmark(df, "open_rate", design_effect=1.4)
    assert (table["design_effect"] == 1.4).all()
    assert table.attrs["design_effect"]["source"] == "given"
    mine = Metric("answer_rate", "opened_count", "sent_count")
    assert benchmark(df, mine)["design_effect"].tolist() == benchmark(df, "open_rate")["design_effect"].tolist()
    other = df.rename(columns={"opened_count": "replied_count"})
    assert benchmark(other, design_effect="auto")["design_effect"].tolist() == (
        benchmark(df, "open_rate")["design_effect"].tolist()
    )


def test_too_few_or_too_alike_campaigns_are_said_to_be_unknown():
    for df in (opens(49), opens(80, least=300, most=2990)):
        table = benchmark(df, "open_rate")
        assert (table["design_effect"] == 1).all()
        assert all(unknown(table))
        assert table.attrs["design_effect"]["source"] == "unknown"
        assert not any(unknown(benchmark(df, "open_rate", design_effect=1)))
    assert not any(unknown(benchmark(opens(50), "open_rate")))


def test_known_steps_make_few_campaigns_enough():
    steps = np.array([1, 2, 3, 3, 4, 5, 3] * 2)
    df = opens(14, effect=2.2).assign(steps=steps)
    table = benchmark(df, "open_rate")
    assert not any(unknown(table))
    assert table["design_effect"].tolist() == (
        design_effect(df["opened_count"], df["sent_count"], steps=steps).tolist()
    )
    assert (table["design_effect"][steps == 1] == 1).all()
    r = (table["design_effect"] - 1)[steps > 1] / (steps - 1)[steps > 1]
    np.testing.assert_allclose(r, r.iloc[0])
    assert 0 < r.iloc[0] <= 1


def test_one_campaign_without_steps_makes_all_unknown_but_those_of_one_step():
    df = opens(14).assign(steps=pd.array([1, None, *[3] * 12], "Int64"))
    table = benchmark(df, "open_rate")
    # with one missing, none is used: fewer than 50
    assert (table["design_effect"] == 1).all()
    assert all(unknown(table))
    unsent = df.assign(sent_count=df["sent_count"].where(df["steps"].notna(), 0)).assign(
        opened_count=lambda d: d["opened_count"].where(d["sent_count"] > 0, 0)
    )
    assert not any(unknown(benchmark(unsent, "open_rate")))  # a campaign that sent nothing need not say
    alike = df.iloc[2:].assign(sent_count=1000, opened_count=400, steps=[1, *[2] * 11])
    assert unknown(benchmark(alike, "open_rate")) == [False, *[True] * 11]
    assert not any(unknown(benchmark(alike.assign(steps=1), "open_rate")))


def test_rows_without_data_play_no_part():
    df = opens(60)
    extra = pd.DataFrame({"sent_count": [0, 10, None], "opened_count": [0, 20, 5]})
    table = benchmark(pd.concat([df, extra], ignore_index=True), "open_rate")
    np.testing.assert_allclose(table["design_effect"].iloc[:60], benchmark(df, "open_rate")["design_effect"])
    assert (table["design_effect"].iloc[60:] == 1).all()


def test_groups_share_the_estimate_of_the_frame():
    df = opens(60).assign(office=["Munich", "Hamburg"] * 30)
    assert benchmark(df, "open_rate", by="office")["design_effect"].tolist() == (
        benchmark(df, "open_rate")["design_effect"].tolist()
    )


def test_a_missing_row_changes_nothing_else():
    df = opens(55)
    with_gap = pd.concat([df, pd.DataFrame({"sent_count": [500], "opened_count": [None]})], ignore_index=True)
    columns = ["low", "high", "p_value", "p_adjusted", "design_effect", "sends_needed"]
    ours, theirs = benchmark(with_gap, "open_rate").iloc[:-1][columns], benchmark(df, "open_rate")[columns]
    pd.testing.assert_frame_equal(ours, theirs)


def test_intervals_use_the_same_and_say_so():
    df = opens(60).assign(replied_count=3)
    done = add_intervals(df, ["open_rate", "reply_rate"])
    table = benchmark(df, "open_rate")
    assert done.columns.tolist()[3:] == [
        "open_rate_low", "open_rate_high", "open_rate_design_effect", "reply_rate_low", "reply_rate_high",
    ]  # fmt: skip
    assert done["open_rate_design_effect"].tolist() == table["design_effect"].tolist()
    assert (add_intervals(df, ["open_rate", "reply_rate"], design_effect=2)["reply_rate_design_effect"] == 2).all()
    np.testing.assert_allclose(done["open_rate_low"], table["low"])
    np.testing.assert_allclose(done["open_rate_high"], table["high"])
    assert done.attrs["design_effects"] == {
        "open_rate": table.attrs["design_effect"],
        "reply_rate": {"smallest": 1.0, "largest": 1.0, "source": "assumed"},
    }
    assert df.attrs == {}
    few = add_intervals(df.iloc[:9], "open_rate")
    assert few.attrs["design_effects"]["open_rate"]["source"] == "unknown"
    nothing = add_intervals(df.iloc[:0], "open_rate")
    assert nothing.attrs["design_effects"]["open_rate"]["largest"] is None


def test_every_table_with_limits_shows_what_they_allow_for():
    df = opens(60).assign(replied_count=3, office=["Munich", "Hamburg"] * 30)
    phi = design_effect(df["opened_count"], df["sent_count"])[0]
    assert rank(df, "open_rate")["design_effect"].tolist() == [phi] * 60
    assert (rank(df, design_effect=1.5)["design_effect"] == 1.5).all()
    pair = compare(df, 3, 4, ["open_rate", "reply_rate"])
    assert pair["first_design_effect"].tolist() == pair["second_design_effect"].tolist() == [phi, 1]
    assert {name: facts["source"] for name, facts in pair.attrs["design_effects"].items()} == {
        "open_rate": "estimated", "reply_rate": "assumed",
    }  # fmt: skip
    groups = summarize(df, ["open_rate", "reply_rate"], by="office", total=True)
    np.testing.assert_allclose(groups["open_rate_design_effect"], phi)
    assert "reply_rate_design_effect" not in groups
    assert summarize(df, "reply_rate", design_effect=3)["reply_rate_design_effect"].tolist() == [3]
    opened = stages(df.drop(columns="replied_count"), by="office").xs("opened", level="stage")
    np.testing.assert_allclose(opened["design_effect"], phi)
    assert opened["low"].tolist() == groups["open_rate_low"].iloc[:2].tolist()


def test_sums_weigh_design_effects_by_their_trials():
    steps = np.array([1, 2, 3, 3, 4, 5, 3] * 2)
    df = opens(14, effect=2.2).assign(steps=steps)
    phi = design_effect(df["opened_count"], df["sent_count"], steps=steps)
    weighted = (phi * df["sent_count"]).sum() / df["sent_count"].sum()
    k, n = df["opened_count"].sum() / weighted, df["sent_count"].sum() / weighted
    limits = proportion_confint(k, n, method="wilson")
    summary, opened = summarize(df, "open_rate").iloc[0], stages(df).loc[("all", "opened")]
    assert summary["open_rate_design_effect"] == pytest.approx(weighted)
    assert opened["design_effect"] == pytest.approx(weighted)
    assert summary[["open_rate_low", "open_rate_high"]].tolist() == pytest.approx(list(limits))
    assert opened[["low", "high"]].tolist() == pytest.approx(list(limits))


def test_steps_must_be_counts():
    with pytest.raises(InputError) as caught:
        benchmark(opens(3).assign(steps=[1.5, 2, 3]), "open_rate")
    assert str(caught.value) == (
        "benchmark: column 'steps' must hold whole numbers of at least 0 or missing values, but row 0 (position 0) has 1.5."
    )
