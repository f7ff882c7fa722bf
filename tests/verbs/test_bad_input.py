"""What reaches the verbs from CSV files, databases and other people's notebooks: every verb, every kind of input."""

import numpy as np
import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import InputError
from tests.verbs.frames import COUNTS, campaigns

pytestmark = pytest.mark.filterwarnings("ignore::leadlex_pandas.InconsistentCountsWarning")  # stages, on few campaigns

# every verb that counts, with the arguments it cannot do without
VERBS = {
    "add_rates": lambda df: leadlex_pandas.add_rates(df),
    "add_rates (delivered)": lambda df: leadlex_pandas.add_rates(df, base="delivered"),
    "add_rates (contacts)": lambda df: leadlex_pandas.add_rates(df, base="contacts"),
    "add_intervals": lambda df: leadlex_pandas.add_intervals(df),
    "add_caveats": lambda df: leadlex_pandas.add_caveats(df),
    "benchmark": lambda df: leadlex_pandas.benchmark(df),
    "benchmark (opens)": lambda df: leadlex_pandas.benchmark(df, "open_rate"),
    "plan": lambda df: leadlex_pandas.plan(df),
    "compare_groups": lambda df: leadlex_pandas.compare_groups(df, "office"),
    "summarize": lambda df: leadlex_pandas.summarize(df, by="office"),
    "health": lambda df: leadlex_pandas.health(df),
    "stages": lambda df: leadlex_pandas.stages(df, by="office"),
}
# and those that name rows, or put them into another order
NAMED = {
    "compare": lambda df: leadlex_pandas.compare(df, "c1", "c2", ["reply_rate", "open_rate"]),
    "combine": lambda df: leadlex_pandas.combine(df, {"new": ["c1", "c2"]}),
    "explain": lambda df: pd.DataFrame({"text": [leadlex_pandas.explain(df, "c1")]}),
    "working": lambda df: leadlex_pandas.working(df, "c1"),
    "rank": lambda df: leadlex_pandas.rank(df),
}
# the same counts, as they may come
FORMS = {
    "text": lambda counts: counts.astype(str).astype(object),
    "text with missing": lambda counts: counts.astype(str).astype(object).where(counts.notna(), None),
    "whole floats": lambda counts: counts.astype(float),
    "nullable": lambda counts: counts.astype("Int64"),
    "nullable floats": lambda counts: counts.astype("Float64"),
    "small unsigned": lambda counts: counts.astype("uint16"),
    "objects": lambda counts: counts.astype(object),
    "pandas text": lambda counts: counts.astype(str).astype("string"),
}
ARROW = ["int64[pyarrow]", "double[pyarrow]", "uint32[pyarrow]", "string[pyarrow]"]


def portfolio():
    return campaigns().assign(contacts_reached=lambda d: d["sent_count"] // 2)


def computed(verb, df):
    """What a verb found out, without the columns of counts that it hands through as they came."""
    result = (VERBS | NAMED)[verb](df)
    return result.drop(columns=[name for name in [*COUNTS, "contacts_reached"] if name in result])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("verb", [*VERBS, *NAMED])
def test_counts_in_any_form_are_the_same_counts(verb, form):
    df = portfolio()
    given = df.assign(**{name: FORMS[form](df[name]) for name in [*COUNTS, "contacts_reached"]})
    pd.testing.assert_frame_equal(computed(verb, given), computed(verb, df))


@pytest.mark.parametrize("dtype", ARROW)
@pytest.mark.parametrize("verb", [*VERBS, *NAMED])
def test_counts_of_arrow_types(verb, dtype):
    df = portfolio()
    text = dtype.startswith("string")
    given = df.assign(**{name: (df[name].astype(str) if text else df[name]).astype(dtype) for name in COUNTS})
    pd.testing.assert_frame_equal(computed(verb, given), computed(verb, df))
    given.loc["c3", "replied_count"] = None
    missing = df.astype({"replied_count": "Int64"})
    missing.loc["c3", "replied_count"] = None
    pd.testing.assert_frame_equal(computed(verb, given), computed(verb, missing))


@pytest.mark.parametrize("verb", VERBS)
def test_missing_rows_change_nothing_for_others(verb):
    df = portfolio()
    gap = pd.DataFrame({name: [None] for name in [*COUNTS, "contacts_reached"]} | {"office": ["Munich"]}, index=["gap"])
    given = pd.concat([df.astype(dict.fromkeys([*COUNTS, "contacts_reached"], "object")), gap])
    with_gap, without = computed(verb, given), computed(verb, df)
    keep = [key for key in with_gap.index if key != "gap" and (not isinstance(key, tuple) or key[0] != "gap")]
    columns = [name for name in without if name not in ("campaigns", "kind")]
    pd.testing.assert_frame_equal(
        with_gap.loc[keep, columns], without[columns], check_index_type=False, check_names=False
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("value", [0, 40])
def test_all_zero_and_all_equal(verb, value):
    df = portfolio().assign(**dict.fromkeys([*COUNTS[1:], "contacts_reached"], value), sent_count=max(value * 2, 100))
    result = VERBS[verb](df)
    assert len(result) > 0
    numbers = result.select_dtypes("number").to_numpy(np.float64, na_value=np.nan)
    assert not np.isinf(numbers).any()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_hardly_any_campaigns(verb, number):
    df = portfolio()
    result = VERBS[verb](df.iloc[:number])
    assert list(result.columns) == list(VERBS[verb](df).columns)


@pytest.mark.parametrize("verb", VERBS)
def test_index_labels_that_come_twice_and_several_levels(verb):
    df = portfolio()
    plain = computed(verb, df.reset_index(drop=True))
    twice = computed(verb, df.set_axis(["a", "b"] * 12))
    pd.testing.assert_frame_equal(twice.reset_index(drop=True), plain.reset_index(drop=True))
    levels = pd.MultiIndex.from_arrays([df["kind"], range(24)], names=["account", "id"])
    pd.testing.assert_frame_equal(
        computed(verb, df.set_axis(levels)).reset_index(drop=True), plain.reset_index(drop=True)
    )


@pytest.mark.parametrize("verb", VERBS)
def test_categories_without_campaigns_make_no_group(verb):
    df = portfolio()
    given = df.assign(office=pd.Categorical(df["office"], categories=["Berlin", "Hamburg", "Munich", "Paris"]))
    ours, plain = computed(verb, given), computed(verb, df)
    pd.testing.assert_frame_equal(
        ours.drop(columns="office", errors="ignore"), plain.drop(columns="office", errors="ignore")
    )


@pytest.mark.parametrize("verb", VERBS)
def test_a_billion_sends(verb):
    df = portfolio()
    grown = df.assign(**{name: df[name] * 10**7 for name in [*COUNTS, "contacts_reached"]})
    assert grown["sent_count"].max() > 10**9
    small, large = computed(verb, df), computed(verb, grown)
    rates = [name for name in small if name.endswith("_rate") or name in ("rate", "of_sent", "of_previous")]
    pd.testing.assert_frame_equal(small[rates], large[rates], check_exact=False, rtol=1e-12)
    if verb == "compare_groups":  # its limits rest on how many campaigns there are: more emails hardly narrow them
        return
    for low in [name for name in small if name == "low" or name.endswith("_low")]:
        high = low.removesuffix("low") + "high"
        narrower = (large[high] - large[low]) < (small[high] - small[low]) / 1000
        assert (narrower | small[low].isna())[small[high] > 0].all()


@pytest.mark.parametrize("verb", [*VERBS, *NAMED])
def test_row_order_changes_nothing(verb):
    df = portfolio()
    shuffled = computed(verb, df.sample(frac=1, random_state=1))
    ours = computed(verb, df)
    pd.testing.assert_frame_equal(shuffled.loc[ours.index], ours, check_exact=False, rtol=1e-9)


@pytest.mark.parametrize("verb", [*VERBS, *NAMED])
@pytest.mark.parametrize(
    ("value", "shown"), [(-1, "-1"), (1.5, "1.5"), ("many", "'many'"), (np.inf, "inf"), (True, "True")]
)
def test_what_is_no_count_is_refused_by_row(verb, value, shown):
    column = "contacts_reached" if "contacts" in verb else "sent_count"
    df = portfolio().astype({column: object})
    df.loc["c2", column] = value
    with pytest.raises(InputError) as caught:
        (VERBS | NAMED)[verb](df)
    assert str(caught.value).partition(": ")[2] == (
        f"column {column!r} must hold whole numbers of at least 0 or missing values, but row 'c2' (position 2) has "
        f"{shown}."
    )


@pytest.mark.parametrize("verb", [*VERBS, *NAMED])
def test_the_callers_frame_stays_as_it_is(verb):
    df = portfolio()
    before = df.copy(deep=True)
    (VERBS | NAMED)[verb](df)
    pd.testing.assert_frame_equal(df, before)


@pytest.mark.parametrize("verb", VERBS)
def test_two_columns_of_one_name_are_refused(verb):
    df = portfolio()
    with pytest.raises(InputError, match="the frame has more than one column 'office'"):
        VERBS[verb](pd.concat([df, df[["office"]]], axis=1))
