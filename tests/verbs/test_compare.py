"""`compare` against statsmodels, enumeration and numerical integration."""

import sys
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import beta, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from leadlex_pandas import ColumnsError, InputError, Metric, UnlikeStepsWarning, compare, stats
from leadlex_pandas.metrics import find_metric
from tests.stats.enumeration import fisher_mid_p
from tests.verbs.frames import campaigns

ARM = ["events", "trials", "rate", "low", "high", "design_effect"]
COLUMNS = [
    *[f"first_{name}" for name in ARM], *[f"second_{name}" for name in ARM],
    "difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high", "p_value", "p_adjusted",
    "prob_first_higher", "prior", "verdict",
]  # fmt: skip
METRICS = ["open_rate", "reply_rate", "bounce_rate"]


def pair_of(k1, n1, k2, n2):
    return pd.DataFrame({"sent_count": [n1, n2], "replied_count": [k1, k2]}, index=["a", "b"])


def mover_r(k1, n1, k2, n2, level):
    """Donner and Zou (2012), as printed, on statsmodels' Wilson limits."""
    (l1, u1), (l2, u2) = (proportion_confint(k, n, 1 - level, method="wilson") for k, n in ((k1, n1), (k2, n2)))
    p1, p2 = k1 / n1, k2 / n2
    low = (p1 * p2 - np.sqrt((p1 * p2) ** 2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2))) / (u2 * (2 * p2 - u2))
    high = (p1 * p2 + np.sqrt((p1 * p2) ** 2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2))) / (l2 * (2 * p2 - l2))
    return low, high


def chance_higher(a1, b1, a2, b2):
    """P(X > Y) of two beta variables, by numerical integration."""
    middle = a1 / (a1 + b1)
    return integrate.quad(
        lambda x: beta.pdf(x, a1, b1) * beta.cdf(x, a2, b2), 0, 1, points=[middle], epsabs=1e-12, limit=500
    )[0]


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_against_other_libraries(level):
    df = campaigns(3, number=10)
    table = compare(df, "c4", "c7", METRICS, level=level, design_effect=1)
    assert list(table.columns) == COLUMNS
    assert table.index.tolist() == METRICS
    assert table.index.name == "metric"
    p_values = []
    for name, events in zip(METRICS, ("opened_count", "replied_count", "bounced_count"), strict=True):
        (k1, n1), (k2, n2) = (df.loc[key, [events, "sent_count"]] for key in ("c4", "c7"))
        row = table.loc[name]
        assert row[["first_events", "first_trials", "second_events", "second_trials"]].tolist() == [k1, n1, k2, n2]
        for arm, k, n in (("first", k1, n1), ("second", k2, n2)):
            low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
            np.testing.assert_allclose(
                row[[f"{arm}_rate", f"{arm}_low", f"{arm}_high"]].astype(float), [k / n, low, high]
            )
        low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", alpha=1 - level)
        difference = row[["difference", "difference_low", "difference_high"]].astype(float)
        np.testing.assert_allclose(difference, [k1 / n1 - k2 / n2, low, high], rtol=1e-9)
        ratio = row[["ratio", "ratio_low", "ratio_high"]].astype(float)
        np.testing.assert_allclose(ratio, [(k1 / n1) / (k2 / n2), *mover_r(k1, n1, k2, n2, level)], rtol=1e-9)
        p_values.append(fisher_mid_p(int(k1), int(n1), int(k1 + k2), int(n1 + n2)))
        chance = chance_higher(k1 + 0.5, n1 - k1 + 0.5, k2 + 0.5, n2 - k2 + 0.5)
        assert row["prob_first_higher"] == pytest.approx(chance, abs=1e-6)
    np.testing.assert_allclose(table["p_value"], p_values, rtol=1e-8)
    np.testing.assert_allclose(table["p_adjusted"], multipletests(p_values, method="holm")[1], rtol=1e-8)
    assert set(table["prior"]) == {"Jeffreys"}


def test_the_prior_is_fitted_to_twenty_campaigns():
    df = campaigns(1, number=20)
    df["replied_count"] = np.random.default_rng(1).binomial(df["sent_count"], np.linspace(0.01, 0.1, 20))
    table = compare(df, "c0", "c19")
    fit = stats.fit_beta_binomial(df["replied_count"], df["sent_count"])
    (k1, n1), (k2, n2) = (df.loc[key, ["replied_count", "sent_count"]] for key in ("c0", "c19"))
    a, b = fit.alpha, fit.beta
    assert table["prob_first_higher"].iloc[0] == pytest.approx(
        chance_higher(a + k1, b + n1 - k1, a + k2, b + n2 - k2), abs=1e-6
    )
    assert table["prior"].tolist() == ["fitted"]
    assert compare(df.iloc[1:], "c1", "c19")["prior"].tolist() == ["Jeffreys"]
    gap = pd.DataFrame({"sent_count": [0, None, 5], "replied_count": [0, 1, 6]}, index=["x", "y", "z"])
    assert compare(pd.concat([df.iloc[1:], gap]), "c1", "c19")["prior"].tolist() == ["Jeffreys"]


def test_campaigns_that_look_alike_leave_a_doubt_whether_they_are():
    df = pd.DataFrame({"sent_count": [400] * 30, "replied_count": [20] * 28 + [26, 14]}, index=range(30))
    assert stats.fit_beta_binomial(df["replied_count"], df["sent_count"]).theta == 0
    chance = compare(df, 28, 29)["prob_first_higher"].iloc[0]
    assert 0.5 < chance < chance_higher(26.5, 374.5, 14.5, 386.5)


def test_the_other_way_round():
    df = campaigns(5)
    there, back = compare(df, "c1", "c2", METRICS), compare(df, "c2", "c1", METRICS)
    np.testing.assert_allclose(there["difference"], -back["difference"])
    np.testing.assert_allclose(there["difference_low"], -back["difference_high"])
    np.testing.assert_allclose(there["ratio_low"], 1 / back["ratio_high"])
    np.testing.assert_allclose(there["p_value"], back["p_value"], rtol=1e-9)
    np.testing.assert_allclose(there["prob_first_higher"], 1 - back["prob_first_higher"], atol=1e-9)


def test_design_effect():
    df = pair_of(80, 400, 52, 400)
    table = compare(df, "a", "b", design_effect=2)
    low, high = confint_proportions_2indep(40, 200, 26, 200, method="newcomb")
    np.testing.assert_allclose(table[["difference_low", "difference_high"]].iloc[0], [low, high], rtol=1e-9)
    pooled = 132 / 800
    z = (80 / 400 - 52 / 400) / np.sqrt(pooled * (1 - pooled) * 2 / 400)
    assert table["p_value"].iloc[0] == pytest.approx(2 * norm.sf(z / np.sqrt(2)))
    assert table["p_value"].iloc[0] > compare(df, "a", "b")["p_value"].iloc[0]
    assert table["verdict"].tolist() == ["cannot tell"]
    assert compare(df, "a", "b")["verdict"].tolist() == ["first higher"]
    assert compare(df, "b", "a")["verdict"].tolist() == ["second higher"]


def test_more_metrics_ask_more_of_each():
    df = pair_of(60, 900, 38, 900).assign(**dict.fromkeys(["opened_count", "bounced_count"], 40))
    assert compare(df, "a", "b")["verdict"].tolist() == ["first higher"]
    assert compare(df, "a", "b", METRICS, design_effect=1)["verdict"].tolist() == ["cannot tell"] * 3


def test_what_cannot_be_compared():
    df = pair_of(5, 0, 3, 100).assign(clicked_count=[3, 120], opened_count=[0, 40], sent_count=[50, 100])
    table = compare(df, "a", "b", ["click_rate", "open_rate", "reply_rate"], design_effect=1)
    assert table["verdict"].tolist() == ["not a proportion", "no data", "cannot tell"]
    assert table.loc["click_rate", "second_rate"] == 1.2
    missing = [
        "difference",
        "difference_low",
        "difference_high",
        "ratio",
        "ratio_low",
        "p_value",
        "p_adjusted",
        "prior",
    ]
    assert table.loc[["click_rate", "open_rate"], missing].isna().all(axis=None)
    assert table.loc["reply_rate", "p_adjusted"] == table.loc["reply_rate", "p_value"]  # alone in its family
    assert table["verdict"].cat.categories.tolist() == [
        "first higher", "second higher", "cannot tell", "not a proportion", "no data",
    ]  # fmt: skip


def test_zeros():
    table = compare(pair_of(0, 100, 5, 200), "a", "b")
    assert table["ratio"].tolist() == [0.0]
    assert table["ratio_low"].tolist() == [0.0]
    assert compare(pair_of(5, 100, 0, 200), "a", "b")["ratio_high"].tolist() == [np.inf]
    none = compare(pair_of(0, 100, 0, 200), "a", "b")
    assert none["p_value"].tolist() == [1.0]
    assert none["ratio"].isna().all()
    assert none["verdict"].tolist() == ["cannot tell"]
    assert compare(pair_of(0, 100, 0, 200), "a", "b", design_effect=2)["p_value"].tolist() == [1.0]


def test_names_and_labels_and_keys():
    df = pair_of(5, 100, 3, 200)
    metrics = {"reply_rate": asdict(find_metric("reply_rate", "test"))}
    facts = {"first": "a", "second": "b", "level": 0.95, "metrics": metrics, "read": None}
    effects = {"reply_rate": {"smallest": 1.0, "largest": 1.0, "source": "assumed"}}
    assert compare(df, "a", "b").attrs == facts | {"design_effects": effects}
    assert compare(df.assign(label=["A!", "B!"]), "b", "a").attrs["first"] == "B!"
    for missing in (None, pd.NA, float("nan")):  # as in `present`, a campaign without a label keeps its id
        half = compare(df.assign(label=pd.Series([missing, "B!"], df.index, dtype=object)), "a", "b").attrs
        assert (half["first"], half["second"]) == ("a", "B!")
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2)])
    assert compare(df.set_axis(index), ("x", 1), ("x", 2))["first_events"].tolist() == [5]
    mine = Metric("meeting_rate", "meetings", "replied_count")
    assert compare(df.assign(meetings=[1, 2]), "a", "b", mine)["first_trials"].tolist() == [5]
    assert len(compare(df, "a", "b", None)) == 1


def test_without_metrics_each_question_is_asked_once():
    df = pair_of(5, 100, 3, 200).assign(
        opened_count=[40, 90], clicked_count=[5, 9], bounced_count=1, contacts_reached=50
    )
    asked = ["open_rate", "click_rate", "reply_rate", "bounce_rate"]
    assert compare(df, "a", "b", None).index.tolist() == asked
    assert compare(df.assign(unsubscribed_count=0), "a", "b", None).index.tolist() == [*asked, "unsubscribe_rate"]


def test_sequences_of_unlike_lengths_are_warned_of_once():
    said = sys.modules["leadlex_pandas.verbs.once"]._said
    said.discard(UnlikeStepsWarning)
    df = pair_of(5, 100, 3, 200).assign(steps=[1, 3], contacts=50)
    with pytest.warns(UnlikeStepsWarning) as caught:
        compare(df, "a", "b")
    assert str(caught[0].message) == (
        "compare: replies per email fall as sequences get longer, and the sequences compared here differ in steps. "
        "Judge 'reply_rate_contact' (it needs contacts_reached: read_campaigns(details=True) tells it, or assign it), or "
        'compare like with like (by="steps"). This is said once per process.'
    )
    compare(df, "a", "b")
    said.discard(UnlikeStepsWarning)
    compare(df.assign(steps=2), "a", "b")
    compare(df.assign(steps=[1, None]), "a", "b")
    compare(df.assign(bounced_count=1), "a", "b", "bounce_rate")


counts = st.tuples(st.integers(0, 300), st.integers(1, 300)).map(lambda pair: (min(pair), pair[1]))


@given(counts, counts)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_verdict_needs_both_and_contradicts_nothing(first, second):
    row = compare(pair_of(*first, *second), "a", "b").iloc[0]
    excludes = row["difference_low"] > 0 or row["difference_high"] < 0
    assert (row["verdict"] != "cannot tell") == (excludes and row["p_adjusted"] <= 0.05)
    if row["verdict"] != "cannot tell":
        higher = "first higher" if row["difference"] > 0 else "second higher"
        assert row["verdict"] == higher
        assert (row["prob_first_higher"] > 0.5) == (higher == "first higher")
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    ten = compare(pair_of(*[10 * count for count in (*first, *second)]), "a", "b").iloc[0]
    assert ten["difference_high"] - ten["difference_low"] < row["difference_high"] - row["difference_low"]


def test_other_rows_and_their_order_do_not_matter_but_for_the_prior():
    df = campaigns(2)
    ours, shuffled = compare(df, "c1", "c2"), compare(df.sample(frac=1, random_state=2), "c1", "c2")
    pd.testing.assert_frame_equal(ours, shuffled, rtol=1e-9)
    alone = compare(df.loc[["c1", "c2"]], "c1", "c2")
    pd.testing.assert_frame_equal(
        ours.drop(columns=["prob_first_higher", "prior"]), alone.drop(columns=["prob_first_higher", "prior"])
    )


def test_labels_name_campaigns_too():
    df = pd.DataFrame({"sent_count": [610, 598], "replied_count": [41, 22], "label": ["A!", "B!"]}, index=["a", "b"])
    pd.testing.assert_frame_equal(compare(df, "A!", "b"), compare(df, "a", "b"))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda df: compare(df, "a", "a"), InputError, "compare: first and second are both 'a'; name two campaigns."),
    (lambda df: compare(df, "a", "B"), InputError, "compare: second 'B' is not in the index of the frame. Did you mean 'b'?"),
    (lambda df: compare(df.assign(label=["A!", "B!"]), "a", "A!"), InputError, "compare: first and second are both 'a'; name two campaigns."),
    (lambda df: compare(df.assign(label=["A!", "A!"]), "A!", "b"), InputError, "compare: first 'A!' is the label of 2 campaigns, 'a' and 'b'. Name one by its id."),
    (lambda df: compare(df.set_axis(["a", "a"]), "a", "b"), InputError, "compare: first 'a' stands for 2 rows. Make the index unique."),
    (lambda df: compare(df, "a", "b", level=95), InputError, "compare: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda df: compare(df, "a", "b", []), InputError, "compare: there is no metric to compare by; metrics=[]."),
    (lambda df: compare(df, "a", "b", design_effect="none"), InputError, "compare: design_effect must be 'auto' or a number of at least 1, not 'none'."),
    (lambda df: compare(df, "a", "b", "bounce_rate"), ColumnsError, "compare: missing column 'bounced_count'; the frame has 'sent_count' and 'replied_count'. Rename yours, or use leadlex_pandas.from_frame(df, rename={...})."),
])  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(pair_of(5, 100, 3, 200))
    assert str(caught.value) == message
