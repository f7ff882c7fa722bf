"""`explain`: at most four sentences of at most thirty words, and no figure that `benchmark` does not give."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadlex_pandas import Benchmark, InputError, Metric, benchmark, explain, list_benchmarks
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


def typical_zone(df, campaign_id, table, against="rest", by=None, typical_ratio=1.5, **_):
    """The rates whose odds lie within `typical_ratio` of the benchmark's and, against the rest, of the family's."""
    rates = [table.loc[campaign_id, "benchmark"]]
    if isinstance(against, str) and against == "rest":
        family = table[(table["trials"] > 0) & (table["events"] <= table["trials"])]
        family = family if by is None else family[df.loc[family.index, by] == df.loc[campaign_id, by]]
        rates.append(family["events"].sum() / family["trials"].sum())
    odds = [rate / (1 - rate) for rate in rates]
    low, high = max(odds) / typical_ratio, min(odds) * typical_ratio
    return [low / (1 + low), high / (1 + high)]


def check(df, campaign_id, metric="reply_rate", **options):
    table = benchmark(df, metric, **options)
    text, row = explain(df, campaign_id, metric, **options), table.loc[campaign_id]
    assert 1 <= len(sentences(text)) <= 4
    assert all(len(sentence.split()) <= 30 for sentence in sentences(text)), text
    told = [row["rate"], row["low"], row["high"], row["benchmark"], options.get("level", 0.95)]
    if row["verdict"] == "typical":
        told += [2 * options.get("level", 0.95) - 1, *typical_zone(df, campaign_id, table, **options)]
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
    # of Wilson's formula and those of the textbooks: see test_plan; here their first two digits
    needed = benchmark(df).loc["c22", "sends_needed"]
    assert (
        f"It has too few sends to tell it from the rest of the portfolio (4.0 %): about {round(needed, -2):,} are"
        in (said["too few sends"])
    )
    assert said["not a proportion"] == (
        "Campaign c23 had 7 replies to 5 emails sent. That is more than it is counted from, so it is no proportion and is "
        "not judged."
    )
    assert said["no data"] == ("Campaign c24 has no data for this: nothing was sent. So it is not judged.")
    large = rows_of(*[(400, 10_000)] * 20)  # odds of 1/24, times 1.5: 1/16, of 17; divided by it: 1/36, of 37
    assert check(large, "c3").endswith(
        "That is typical of the rest of the portfolio (4.0 %): with 90 % confidence it lies between 2.7 % and 5.9 %, too "
        "near to matter."
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
    assert "the benchmark for B2B cold email, Italy, all sectors (cold-b2b-it-2026, 1.7 %)" in check(
        df, "c0", against="cold-b2b-it-2026"
    )
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
        "Taken alone it would count as different, but of 40 campaigns about 2 do so by luck."
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


@pytest.mark.parametrize("name", list_benchmarks().index.unique())
def test_sentences_stay_short_beside_any_packaged_benchmark(name):
    made = portfolio()
    df = made.counts.assign(label=[f"{'word ' * 12}{i}" for i in range(len(made.counts))])
    metric = list_benchmarks().loc[[name], "metric"].iloc[0]
    for campaign_id in df.index[::5]:
        said = sentences(explain(df, campaign_id, metric, against=name))
        assert len(said) <= 4
        assert all(len(sentence.split()) <= 30 for sentence in said), said


counts = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(counts, min_size=1, max_size=10), st.sampled_from(["rest", "pooled", "median", 0.1]))
def test_any_campaign(pairs, against):
    check(rows_of(*pairs), "c0", against=against)


def test_limits_and_benchmark_have_the_digits_that_tell_them_apart():
    # Wilson's lower limit of 106 of 1,750 is 5.03 %: with one digit it would be that of the benchmark
    text = check(rows_of((106, 1750), *[(40, 1000)] * 38), "c0", against=0.05)
    assert (
        ": 6.06 %, and with 95 % confidence between 5.03 % and 7.27 %. That is typical of the benchmark of 5 %" in text
    )


def test_what_taken_alone_would_count_is_said_right_after_the_verdict():
    df = rows_of((105, 2000), *[(40, 1000)] * 39)
    assert benchmark(df, against=0.0425).loc["c0", ["p_value", "p_adjusted"]].between([0, 0.06], [0.05, 1]).all()
    last = sentences(check(df, "c0", against=0.0425))[2:]
    assert last == ["Taken alone it would count as different, but of 40 campaigns about 2 do so by luck."]
    few = sentences(check(df.iloc[:3], "c0", against=0.0425))[2:]
    assert few == ["Taken alone it would count as different, but with 3 campaigns tested at once it may be luck."]
    one = check(rows_of((1, 100), *[(0, 100)] * 10), "c0")  # its limits exclude 0; that it fell on this one of 11: 9 %
    assert "Its limits just exclude that rate, but the test does not find it beyond chance." in one


def test_others_with_too_few_sends_are_named_as_what_is_missing():
    df = pd.DataFrame({"sent_count": [1750, 70], "replied_count": [106, 1]}, index=["A", "B"])
    said = sentences(check(df, "A"))[1:]
    needed = benchmark(df).loc["A", "sends_needed"]
    assert said == [
        f"The other campaign has too few sends to compare with: 70, where about {round(needed, -2):,} are needed.",
        "Few campaigns are compared, so one odd one among them changes the picture.",
    ]
    more = df.assign(sent_count=[17_500, 70], replied_count=[1060, 1])
    assert benchmark(more).loc["A", "verdict"] == "near the edge"
    assert "The other campaign has too few sends to compare with: 70, where" in check(more, "A")
    small = rows_of((3, 60), (4, 90), (5, 100))
    needed = round(benchmark(small).loc["c0", "sends_needed"], -2)
    assert f": about {needed:,} are needed, and the others have 190." in check(small, "c0")
    frame = check(df.iloc[:1], "A", against=df.iloc[1:])
    assert "The benchmark has too few sends to compare with: 70, where" in frame


def test_news_is_withheld_where_clicks_may_be_a_scanners():
    df = pd.DataFrame(
        {"sent_count": 278, "opened_count": 123, "clicked_count": [160, *[14] * 30], "replied_count": [40, *[10] * 30]},
        index=[f"c{i}" for i in range(31)],
    )
    clicks = explain(df, "c0", "click_rate", design_effect=1)
    assert clicks.endswith(
        "Its clicks may be those of a security scanner, not of people, so this says little about the campaign."
    )
    assert " news" not in clicks
    replies = check(df, "c0")
    assert replies.endswith("tested at once. This is good news.")


def test_opens_count_mail_programs():
    df = rows_of((900, 1000), *[(400, 1000)] * 30).rename(columns={"replied_count": "opened_count"})
    called = check(df, "c0", "open_rate", design_effect=1)
    assert called.endswith("This is good news as far as opens tell: they count mail programs that fetch images, too.")
    assert check(df, "c1", "open_rate", design_effect=1).endswith("Opens count mail programs that fetch images, too.")


def test_opens_beside_a_benchmark_older_than_prefetch():
    df = pd.DataFrame(
        {"sent_count": [1000, 900], "opened_count": [500, 450], "bounced_count": [10, 9], "clicked_count": 30}
    )
    name = "law-firm-newsletters-open"
    assert "older_than_prefetch" in benchmark(df, "open_rate_delivered", against=name)["caveats"].iloc[0]
    text = explain(df, 0, "open_rate_delivered", against=name, design_effect=1)
    assert "above the benchmark for law firms' opt-in emails and others (law-firm-newsletters-open, 18.6 % to" in text
    assert text.endswith(
        "The benchmark is older than mail programs that fetch images by themselves, which inflate opens now, so the two "
        "are not comparable."
    )
    for old, marked in (
        (Benchmark("ours", "open_rate", value=0.2, years=2019), True),
        (Benchmark("ours", "open_rate", value=0.2, years="2019-2023"), False),
        (Benchmark("ours", "open_rate", value=0.2), False),
    ):
        table = benchmark(df, "open_rate", against=old)
        assert table["caveats"].str.contains("older_than_prefetch").tolist() == [marked] * 2
    clicks = benchmark(df, "click_rate_delivered", against="law-firm-newsletters-click")
    assert not clicks["caveats"].str.contains("older_than_prefetch").any()  # nobody fetches clicks
    replaced = Benchmark("law-firm-newsletters-open", "open_rate_delivered", value=0.2, base="delivered", years=2025)
    assert "the benchmark law-firm-newsletters-open (20.0 %)" in explain(df, 0, "open_rate_delivered", against=replaced)


@pytest.mark.parametrize(("steps", "said"), [
    ([1, 3, 5], "This is good news. Replies per email fall as sequences get longer: this one has 1 email, the others 3 to 5."),
    ([2, 5, 5], "This is good news. Replies per email fall as sequences get longer: this one has 2 emails, the others 5."),
    ([5, 1, 3], "This is good news."),  # in spite of its length
    ([None, 1, 3], "This is good news. Replies per email fall as sequences get longer, and those of the others differ in length."),
])  # fmt: skip
def test_the_length_of_sequences_is_said_where_it_may_be_the_reason(steps, said):
    first, *others = steps
    df = rows_of((150, 1000), *[(40, 1000)] * 20).assign(steps=pd.array([first, *others * 10], "Int64"))
    assert check(df, "c0").endswith(f"tested at once. {said}")
    assert "Replies per email" not in check(df, "c1")
    assert "Replies per email" not in check(df, "c0", against=0.04)


def test_a_short_mailing_explains_no_low_rate():
    df = rows_of((4, 1000), *[(40, 1000)] * 20).assign(steps=[1, *[3, 5] * 10])
    assert check(df, "c0").endswith("This is bad news.")
    assert "this one has 6 emails, the others 3 to 5." in check(df.assign(steps=[6, *[3, 5] * 10]), "c0")


@pytest.mark.parametrize(("columns", "metric", "reason"), [
    ({"sent_count": 0, "replied_count": 0}, "reply_rate", "nothing was sent"),
    ({"sent_count": None, "replied_count": 3}, "reply_rate", "the number of emails sent is not known"),
    ({"sent_count": 80, "replied_count": None}, "reply_rate", "the number of replies is not known"),
    ({"sent_count": 80, "opened_count": 0, "replied_count": 3}, "open_rate", "opens were not tracked"),
    ({"sent_count": 80, "opened_count": 0, "clicked_count": 0, "replied_count": 3}, "click_rate", "clicks were not tracked"),
    ({"sent_count": 80, "opened_count": 0, "clicked_count": 0}, "click_to_open_rate", "nothing was opened"),
    ({"sent_count": 80, "replied_count": 3, "contacts": 40, "status": "active"}, "reply_rate_contact", "the number of contacts reached is not known"),
    ({"sent_count": 80, "met": 0, "held": 0}, Metric("meeting_rate", "held", "met"), "there are no met"),
])  # fmt: skip
def test_it_says_why_there_is_no_data(columns, metric, reason):
    df = pd.DataFrame([columns], index=["c0"]).astype({name: "Int64" for name in columns if name not in ("status",)})
    assert explain(df, "c0", metric) == f"Campaign c0 has no data for this: {reason}. So it is not judged."


def test_columns_of_ones_own_are_read_as_words():
    df = pd.DataFrame({"sent_count": [1000], "positive_count": [53], "good_replies": [7]}, index=["c0"])
    mine = Metric("positive_reply_rate", "positive_count", "sent_count")
    assert check(df, "c0", mine).startswith("Campaign c0 had a positive count of 53 from 1,000 emails sent: 5.3 %")
    good = Metric("good_reply_rate", "good_replies", "sent_count")
    assert check(df, "c0", good).startswith("Campaign c0 had 7 good replies from 1,000 emails sent: 0.7 %")


def test_a_label_that_is_unique_names_its_campaign():
    df = rows_of((40, 1000), (30, 900), (20, 800)).assign(label=["Alert", "Note", "Note"])
    assert explain(df, "Alert") == explain(df, "c0")
    with pytest.raises(InputError) as caught:
        explain(df, "Note")
    assert str(caught.value) == (
        "explain: campaign_id 'Note' is the label of 2 campaigns, 'c1' and 'c2'. Name one by its id."
    )
    with pytest.raises(InputError) as caught:
        explain(df, "Alerd")
    assert str(caught.value) == (
        "explain: campaign_id 'Alerd' is neither in the index of the frame nor one of its labels. Did you mean 'Alert'?"
    )
    named = df.set_axis(["Note", "c1", "c2"])  # an id comes before a label
    assert explain(named, "Note").startswith("“Alert” had 40 replies")


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
