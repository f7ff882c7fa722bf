"""`explain`: at most four sentences of at most thirty words, and no figure that `benchmark` does not give."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadlex_pandas import Benchmark, InputError, Metric, benchmark, explain
from leadlex_pandas.sandbox.portfolio import portfolio


def rows_of(*pairs):
    k, n = zip(*pairs, strict=True)
    return pd.DataFrame({"replied_count": k, "sent_count": n}, index=[f"c{i}" for i in range(len(k))])


def sentences(text):
    return re.split(r"(?<=[.!?]) (?=[A-Z“])", text)


def percents(text):
    """The percentages of a text as fractions, with half of their last digit."""
    found = re.findall(r"(\d+(?:\.(\d+))?) %", text)
    return [(float(number) / 100, 0.5001 * 10 ** -(len(digits) + 2)) for number, digits in found]


def check(df, campaign_id, metric="reply_rate", **options):
    text, row = explain(df, campaign_id, metric, **options), benchmark(df, metric, **options).loc[campaign_id]
    assert 1 <= len(sentences(text)) <= 4
    assert all(len(sentence.split()) <= 30 for sentence in sentences(text)), text
    told = [row["rate"], row["low"], row["high"], row["benchmark"], options.get("level", 0.95)]
    for figure, half in percents(text):
        assert any(abs(figure - cell) <= half for cell in told if not pd.isna(cell)), (text, figure)
    if not pd.isna(row["low"]):
        first = percents(sentences(text)[0])
        assert len(first) == 4  # the rate, the level, and both limits
        for (figure, half), cell in zip(
            first, [row["rate"], options.get("level", 0.95), row["low"], row["high"]], strict=True
        ):
            assert abs(figure - cell) <= half
    return text


@pytest.mark.parametrize("metric", ["reply_rate", "open_rate", "click_to_open_rate", "bounce_rate", "unsubscribe_rate"])
def test_every_campaign_of_a_portfolio(metric):
    made = portfolio()
    df = made.counts.join(made.campaigns)
    for campaign_id in df.index:
        check(df, campaign_id, metric)
    check(df, df.index[0], metric, by="practice_group", level=0.9)


def test_the_words_of_each_verdict():
    df = rows_of((150, 1000), *[(40, 1000)] * 20, (4, 1000), (2, 40), (7, 5), (0, 0))
    said = {verdict: check(df, group.index[0]) for verdict, group in benchmark(df).groupby("verdict", observed=True)}
    assert said["above"] == (
        "Campaign c0 had 150 replies to 1,000 emails sent: 15.0 %, and with 95 % confidence between 12.9 % and 17.3 %. "
        "That is above the rest of the portfolio (4.0 %), by more than chance explains, even with 23 campaigns tested at "
        "once. This is good news."
    )
    assert "That is below the rest of the portfolio (4.0 %), by more than chance" in said["below"]
    assert said["below"].endswith("This is bad news.")
    assert "That is too few sends to tell it from the rest of the portfolio (4.0 %): about 1," in said["too few sends"]
    assert said["not a proportion"] == (
        "Campaign c23 had 7 replies to 5 emails sent. That is more than it is counted from, so it is no proportion and is "
        "not judged."
    )
    assert said["no data"] == (
        "Campaign c24 has no data for this: nothing was sent, or it was not counted. So it is not judged."
    )
    large = rows_of(*[(400, 10_000)] * 20)
    assert check(large, "c3").endswith(
        "That is typical: if it differs from the rest of the portfolio (4.0 %) at all, it is by too little to matter."
    )
    edge = check(rows_of((76, 1500)), "c0", against=0.041)
    assert edge.endswith(
        "That is near the edge of what is typical of the benchmark of 4.1 %; more sends may not settle it."
    )
    assert check(rows_of((3, 50)), "c0").endswith("There is no other campaign to compare it with.")
    assert "Against the rest of the portfolio (0.0 %) nothing can be tested" in check(rows_of((0, 50), (0, 60)), "c0")


def test_what_it_is_compared_with_is_named():
    df = rows_of(*[(40, 1000)] * 21)
    assert "the median campaign (4.0 %)" in check(df, "c0", against="median")
    assert "the portfolio as a whole (4.0 %)" in check(df, "c0", against="pooled")
    assert "the benchmark cold-b2b-it-2026 (1.7 %)" in check(df, "c0", against="cold-b2b-it-2026")
    assert "the benchmark campaigns given (4.0 %)" in check(df, "c0", against=df)
    published = explain(df, "c0", against=Benchmark("both papers", "reply_rate", value=(0.03, 0.05)))
    assert "the benchmark both papers (3.0 % to 5.0 %)" in published
    grouped = check(df.assign(office="Munich"), "c0", by="office")
    assert "the rest of its group (4.0 %)" in grouped


def test_rounding_never_turns_a_verdict_round():
    huge = rows_of(*[(396_000, 10_000_000)] * 24, (398_400, 10_000_000))
    assert (
        "3.98 %, and with 95 % confidence between 3.97 % and 4.00 %. That is above the rest of the portfolio (3.96 %)"
        in (check(huge, "c24"))
    )
    # Wilson's lower limit is 5.9086 %: rounded to 5.9 % it would lie below the benchmark that it excludes
    close = check(rows_of((90, 1247), (5, 120)), "c0", against=0.05905)
    assert "7.22 %, and with 95 % confidence between 5.91 % and 8.79 %." in close
    assert "the benchmark of 5.905 %" in close


def test_limits_without_a_call_are_put_down_to_many_tests_only_where_there_are_many():
    df = rows_of(*[(40, 1000)] * 39, (56, 1000))
    assert benchmark(df, against=0.042).loc["c39", "caveats"] == "not_after_many_tests"
    assert check(df, "c39", against=0.042).endswith(
        "Its limits alone exclude that rate, but of 40 campaigns some will do so by chance."
    )
    alone = rows_of((1, 4))
    table = benchmark(alone, against=0.045)
    assert table.loc["c0", "caveats"] == "not_after_many_tests"
    assert "just exclude that rate, but the test does not find it beyond chance." in check(alone, "c0", against=0.045)


def test_low_is_good_where_it_is():
    df = rows_of((150, 1000), *[(40, 1000)] * 20).rename(columns={"replied_count": "bounced_count"})
    assert "This is bad news." in check(df, "c0", "bounce_rate")
    meetings = Metric("meeting_rate", "meetings", "sent_count")
    assert check(df.assign(meetings=1), "c0", meetings).startswith(
        "Campaign c0 had 1 meetings from 1,000 emails sent: 0.1 %"
    )


def test_caveats_are_said():
    few = check(rows_of(*[(40, 1000)] * 5), "c0")
    assert few.endswith("Few campaigns are compared, so one odd one among them changes the picture.")
    opens = rows_of(*[(400, 1000)] * 21).rename(columns={"replied_count": "opened_count"})
    assert "Opens come in bunches, by how much is unknown here, so the limits are too narrow." in (
        check(opens, "c0", "open_rate")
    )


def test_long_names_are_cut():
    df = rows_of((40, 1000), (30, 900)).assign(label=["word " * 60, None])
    assert check(df, "c0").startswith("“word word word word word word word …")
    assert check(df, "c1").startswith("Campaign c1 ")


def test_long_names_of_columns_are_cut():
    df = rows_of((40, 1000), (30, 900)).assign(label="word " * 60)
    df = df.rename(columns={"replied_count": "meetings booked with a partner", "sent_count": "people we wrote to"})
    mine = Metric("meeting_rate", "meetings booked with a partner", "people we wrote to")
    assert "had 40 meetings booked… from 1,000 people we…: 4.0 %" in check(df, "c0", mine)
    assert "too few people we… to tell it" in check(df, "c0", mine, against=0.03)


counts = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(counts, min_size=1, max_size=10), st.sampled_from(["rest", "pooled", "median", 0.1]))
def test_any_campaign(pairs, against):
    check(rows_of(*pairs), "c0", against=against)


def test_an_unknown_campaign():
    with pytest.raises(InputError) as caught:
        explain(rows_of((40, 1000)), "d")
    assert str(caught.value) == "explain: campaign_id 'd' is not in the index of the frame."


def test_where_nothing_can_be_typical_it_is_said():
    # one campaign has half of all sends and seven times the rate: the whole has 10 %, the rest 3 %
    df = rows_of((6000, 30_000), *[(90, 3000)] * 9)
    table = benchmark(df)
    assert table["verdict"].tolist() == ["above", *["near the edge"] * 9]
    assert table.attrs["without_zone"] == 10
    assert "Nothing can be typical here: a few odd campaigns pull the whole far away from the rest." in check(df, "c3")
    assert set(benchmark(df, against="median")["verdict"].iloc[1:]) == {"typical"}
    assert benchmark(df, against="median").attrs["without_zone"] == 0
    assert benchmark(rows_of(*[(90, 3000)] * 9)).attrs["without_zone"] == 0
