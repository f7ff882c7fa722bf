"""`Benchmark`: what it takes, what it refuses, and the packaged rows against their published figures."""

import csv
import pickle
from pathlib import Path

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import Benchmark, InputError, Metric, list_benchmarks, load_benchmark
from leadlex_pandas.reference.benchmarks import figures

CITED = ["population", "metric", "statistic", "value", "base", "unit", "years", "era", "source", "url", "licence"]


def test_kinds_of_figures():
    assert figures(Benchmark("a", "reply_rate", value=0.04)) == (0.04, 0.04)
    assert figures(Benchmark("a", "reply_rate", value=[0.03, 0.05])) == (0.03, 0.05)
    assert figures(Benchmark("a", "reply_rate", quantiles={0.9: 0.04, 0.5: 0.02})) == (0.02, 0.02)
    assert figures(Benchmark("a", "reply_rate", events=3, trials=60)) == (0.05, 0.05)
    assert list(Benchmark("a", "reply_rate", quantiles={0.9: 0.04, 0.5: 0.02}).quantiles) == [0.5, 0.9]


def test_it_says_what_it_is():
    assert str(Benchmark("guess", "reply_rate", value=0.04)) == "guess: reply_rate 4.0 % per email sent"
    per_contact = Benchmark(
        "lemlist", "reply_rate", value=0.023, base="contacts", unit="contact", source="lemlist", years="to 2026"
    )
    assert str(per_contact) == "lemlist: reply_rate 2.3 % per contact reached, lemlist, to 2026"
    mine = Metric("meeting_rate", "meetings", "replied_count")
    assert str(Benchmark("m", mine, value=(0.1, 0.2), base="replied_count")) == (
        "m: meeting_rate 10.0 % to 20.0 % per replied_count"
    )
    assert pickle.loads(pickle.dumps(per_contact)) == per_contact


def test_from_campaigns_sums_what_has_data():
    df = pd.DataFrame(
        {"sent_count": pd.array([100, 0, 10, None, 300], "Int64"), "replied_count": [4, 0, 12, 3, 10]},
        index=list("abcde"),
    )
    last = Benchmark.from_campaigns(df, "reply_rate", name="spring")
    assert (last.events, last.trials, last.base, last.unit, last.source) == (14, 400, "sent", "email", "2 campaigns")
    opened = df.assign(opened_count=[50, 0, 5, 2, 150], clicked_count=[5, 0, 1, 1, 30])
    of_opens = Benchmark.from_campaigns(opened, "click_to_open_rate", name="x")
    assert (of_opens.events, of_opens.trials, of_opens.base) == (37, 207, "opened")
    mine = Benchmark.from_campaigns(opened, Metric("r", "replied_count", "opened_count"), name="y")
    assert mine.base == "opened"


@pytest.fixture
def write(tmp_path):
    def write(text, name="ours.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_from_csv(write):
    quantiles = write(
        "metric,statistic,value,source,year_from,year_to\nreply_rate,p25,0.01,we,2024,2025\nreply_rate,median,0.02,we,2024,2025\n"
    )
    assert Benchmark.from_csv(quantiles) == Benchmark(
        "ours", "reply_rate", quantiles={0.25: 0.01, 0.5: 0.02}, source="we", years="2024-2025"
    )
    assert Benchmark.from_csv(str(quantiles), name="mine").name == "mine"
    counts = write("\ufeffmetric,events,trials\nbounce_rate,10,400\nbounce_rate,5,100\n")  # as Excel writes it
    assert Benchmark.from_csv(counts) == Benchmark("ours", "bounce_rate", events=15, trials=500)
    several = write("name,metric,value,base,unit\na,reply_rate,0.04,contacts,contact\nb,open_rate,0.4,,\n")
    assert Benchmark.from_csv(several, name="a") == Benchmark(
        "a", "reply_rate", value=0.04, base="contacts", unit="contact"
    )
    means = write("metric,value\nreply_rate,0.05\nreply_rate,0.03\n")
    assert Benchmark.from_csv(means).value == (0.03, 0.05)


@pytest.mark.parametrize(("text", "message"), [
    ("metric,value\n", "Benchmark.from_csv: ours.csv holds no figure; it needs one row for each, with metric and value."),
    ("", "Benchmark.from_csv: ours.csv holds no figure; it needs one row for each, with metric and value."),
    ("metric,value\nreply_rate,0.1\nopen_rate,0.4\n", "Benchmark.from_csv: ours.csv has 2 kinds of rows; choose one benchmark with name=, of one metric."),
    ("name,metric,value\nb,reply_rate,0.1\na,reply_rate,0.1\n", "Benchmark.from_csv: ours.csv holds 'a' and 'b'; choose one benchmark with name=, of one metric."),
    ("value\n0.1\n", "Benchmark.from_csv: ours.csv must have a column 'metric' that says what each figure is a rate of."),
    ("metric,value\nreply_rate,4%\n", "Benchmark.from_csv: value must be a number, not '4%'."),
    ("metric\nreply_rate\n", "Benchmark.from_csv: value must be a number, not ''."),
    ("metric,value\nreply_rate,4\n", "Benchmark: value must lie between 0 and 1 (exclusive), not 4. Did you mean 0.04?"),
    ("metric,statistic,value\nreply_rate,median,0.02\nreply_rate,mean,0.03\n", "Benchmark.from_csv: the rows of one benchmark must be quantiles or means, not 'median' and 'mean'."),
    ("metric,statistic,value\nreply_rate,median,0.02\nreply_rate,p50,0.03\n", "Benchmark.from_csv: each quantile must be given once, not 'median' and 'p50'."),
    ("metric,events,trials\nreply_rate,3.5,100\n", "Benchmark: events must be a whole number of at least 0, not 3.5."),
    ("metric,value,base,unit\nreply_rate,0.03,,\nreply_rate,0.09,contacts,contact\n", "Benchmark.from_csv: the rows of one benchmark must have one base and unit, not 'sent (email)' and 'contacts (contact)'. Give those of each base a name of their own."),
])  # fmt: skip
def test_from_csv_errors(write, text, message):
    with pytest.raises(InputError) as caught:
        Benchmark.from_csv(write(text))
    assert str(caught.value) == message


@pytest.mark.parametrize(("options", "message"), [
    ({}, "Benchmark: give exactly one of value, quantiles, and events with trials."),
    ({"value": 0.1, "events": 3, "trials": 30}, "Benchmark: give exactly one of value, quantiles, and events with trials."),
    ({"name": " ", "value": 0.1}, "Benchmark: name must be a non-empty text, not ' '."),
    ({"name": "rest", "value": 0.1}, "Benchmark: name must not be 'rest', which already means something to `against`."),
    ({"metric": "replyrate", "value": 0.1}, None),
    ({"value": 0}, "Benchmark: value must lie between 0 and 1 (exclusive), not 0."),
    ({"value": (0.2, 0.1)}, "Benchmark: value must be the lowest and the highest rate, not (0.2, 0.1)."),
    ({"quantiles": 0.1}, "Benchmark: quantiles must map shares to rates, such as {0.5: 0.0171}, not 0.1."),
    ({"quantiles": {"p50": 0.1}}, "Benchmark: quantiles must map shares to rates, such as {0.5: 0.0171}, not {'p50': 0.1}."),
    ({"quantiles": {0.25: 0.1}}, "Benchmark: quantiles must hold the median, such as {0.5: 0.0171}, not {0.25: 0.1}."),
    ({"quantiles": {50: 0.1}}, "Benchmark: a share in quantiles must lie between 0 and 1 (exclusive), not 50. Did you mean 0.5?"),
    ({"quantiles": {0.5: 0.1, 0.9: 0.1}}, "Benchmark: the rates in quantiles must rise with their shares, not {0.5: 0.1, 0.9: 0.1}."),
    ({"events": 3}, "Benchmark: trials must be a whole number of at least 1, not None."),
    ({"trials": 3}, "Benchmark: events must be a whole number of at least 0, not None."),
    ({"events": 4, "trials": 3}, "Benchmark: events must not exceed trials, but 4 of 3 do."),
    ({"value": 0.1, "unit": "person"}, "Benchmark: unit must be 'email' or 'contact', not 'person'."),
    ({"value": 0.1, "base": ""}, "Benchmark: base must be a non-empty text, not ''."),
    ({"value": 0.1, "base": "contacts"}, "Benchmark: over contacts one trial is a contact, so unit must be 'contact', not 'email'."),
    ({"metric": "click_to_open_rate", "value": 0.1}, "Benchmark: click_to_open_rate is per open, so base must be 'opened', not 'sent'."),
])  # fmt: skip
def test_errors(options, message):
    with pytest.raises(InputError) as caught:
        Benchmark(**{"name": "x", "metric": "reply_rate"} | options)
    if message is None:
        assert str(caught.value).startswith("Benchmark: metric 'replyrate' is not known. Did you mean 'reply_rate'?")
    else:
        assert str(caught.value) == message


def test_no_data_to_compare_with():
    with pytest.raises(InputError) as caught:
        Benchmark.from_campaigns(pd.DataFrame({"sent_count": [0], "replied_count": [0]}), "reply_rate", name="x")
    assert str(caught.value) == (
        "Benchmark.from_campaigns: no campaign has data for reply_rate, so there is nothing to compare with."
    )


def test_every_packaged_row_can_be_cited():
    table = list_benchmarks()
    assert table.index.name == "name"
    assert set(CITED) <= set(table.columns)
    assert (table[CITED].notna() & (table[CITED].astype(str) != "")).all(axis=None)
    assert table["value"].between(0, 1, inclusive="neither").all()
    assert str(table["emails"].dtype) == str(table["campaigns"].dtype) == "Int64"
    assert table["url"].str.startswith("https://").all()
    opens = table[table["metric"].str.startswith(("open", "click_to_open"))]
    assert (
        opens["era"].isin(["before mail-privacy prefetch", "partly after mail-privacy prefetch"]).all()
    )  # none newer of this quality is known
    for name in table.index.unique():
        loaded = load_benchmark(name)
        assert loaded.name == name
        assert table.loc[[name], "source"].iloc[0] in loaded.source
    table["value"] = 0.0
    assert (list_benchmarks()["value"] > 0).all()  # each caller has a frame of their own


def test_the_italian_set_is_what_its_authors_published():
    # README.md of github.com/arnold222a/osservatorio-cold-email-italia: quartiles and top tenth of 556 campaigns
    main = load_benchmark("cold-b2b-it-2026")
    assert main.quantiles == {0.25: 0.0105, 0.5: 0.0171, 0.75: 0.0259, 0.9: 0.0379}
    assert "CC BY 4.0" in main.source
    assert "Clientium" in main.source
    # benchmark_settori_2026.csv there: campaigns, emails sent, replies, reply rate in percent with two decimals
    published = {
        "agencies": (160, 1089768, 23534, 2.16), "manufacturing": (75, 141700, 2905, 2.05),
        "software": (94, 481228, 8528, 1.77), "energy": (36, 448831, 7857, 1.75), "payroll": (23, 29072, 504, 1.73),
        "health": (5, 29241, 422, 1.44), "training": (73, 315026, 4342, 1.38), "fintech": (41, 95130, 851, 0.89),
    }  # fmt: skip
    table = list_benchmarks()
    for sector, (campaigns, emails, replies, percent) in published.items():
        row, loaded = table.loc[f"cold-b2b-it-2026-{sector}"], load_benchmark(f"cold-b2b-it-2026-{sector}")
        assert (row["campaigns"], row["emails"], loaded.events, loaded.trials) == (campaigns, emails, replies, emails)
        assert round(100 * row["value"], 2) == pytest.approx(percent)
    assert load_benchmark("cold-b2b-it-2026-bounce").value == 0.0314


def test_the_law_firm_figures_are_ranges_of_what_was_published():
    # eLawMarketing 2013 (two halves), Mailchimp 2018 (legal), Campaign Monitor 2021 (professional services)
    published = {
        "open": (19.37, 18.56, 21.14, 19.3), "click": (2.88, 2.77, 2.71, 2.1), "click-to-open": (14.85, 14.94, 11.1),
        "unsubscribe": (0.21, 0.20, 0.22, 0.2),
    }  # fmt: skip
    table = list_benchmarks()
    for key, values in published.items():
        rows, loaded = table.loc[f"law-firm-newsletters-{key}"], load_benchmark(f"law-firm-newsletters-{key}")
        assert (100 * rows["value"]).tolist() == pytest.approx(list(values))
        assert loaded.value == pytest.approx((min(values) / 100, max(values) / 100))
        assert loaded.years == "2013-2021"
        assert "first half of 2013, before mail-privacy prefetch, " in loaded.source


def test_an_unknown_name():
    with pytest.raises(InputError) as caught:
        load_benchmark("cold-b2b-it")
    assert str(caught.value).startswith(
        "load_benchmark: there is no packaged benchmark 'cold-b2b-it'. Did you mean 'cold-b2b-it-2026'? "
        "There are cold-b2b-it-2026, cold-b2b-it-2026-bounce, "
    )


def test_the_data_file_has_no_stray_cells():
    path = Path(leadlex_pandas.__file__).with_name("reference") / "benchmarks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(rows[0])}
