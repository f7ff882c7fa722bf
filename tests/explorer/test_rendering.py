"""Table, chart, words and files: what they say is what was derived, and any text is shown literally."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from leadlex_pandas import Benchmark, History, Metric, benchmark, plotting
from leadlex_pandas.errors import (
    CampaignNotFoundError,
    InvalidKeyError,
    MissingPermissionError,
    Quota,
    QuotaExhaustedError,
    RateLimitError,
    ServerError,
)  # fmt: skip
from leadlex_pandas.explorer import canvas, exports, page, parts, pictures, spots, tables, texts
from leadlex_pandas.plotting.data import trend_data
from tests.explorer.frames import NASTY, Page, empty, ids_of, labelled, nasty, seen
from tests.plotting.frames import many, weekly

FRAME = labelled()


@cache
def drawn_of(chart, alone=False):
    before = dict(rcParams), plt.get_fignums()
    shown = seen(FRAME, chart=chart)
    drawn = pictures.picture(shown, alone=alone)
    assert (dict(rcParams), plt.get_fignums()) == before  # beside the user's own drawing, in another thread
    return shown, drawn


@pytest.fixture
def unpainted(monkeypatch):
    """Leave out the painting, most of a picture's time, where only words and places are looked at."""
    monkeypatch.setattr(canvas, "png_bytes", lambda figure: b"a picture")


def test_the_table_shows_the_page_in_its_order():
    shown = seen(FRAME, page=2, sort="rate", ascending=False)
    assert ids_of(tables.table_html(shown)) == list(FRAME.index[shown.on_page])


def test_numbers_are_written_as_the_charts_write_them():
    frame = pd.DataFrame({"sent_count": [1247, 0], "replied_count": [89, 0]}, index=["a", "none"])
    found = Page(tables.table_html(seen(frame, against=0.04, sort="given"))).texts
    row = found[found.index("a") : found.index("a") + 7]
    # 89 of 1,247 with 95 % Wilson limits, as a textbook calculator gives them: 7.1 % [5.8, 8.7]
    assert row == ["a", "1,247", "89", "7.1 %", "5.8 to 8.7 %", "▲", "above"]
    assert found[found.index("none") : found.index("none") + 4] == ["none", "0", "0", "no sends"]


def test_each_row_has_a_strip_with_its_limits_where_its_numbers_are():
    shown = seen(FRAME, sort="given")
    svgs = tables.table_html(shown).split("<svg")[1:]
    assert len(svgs) == 25
    rows = shown.shown.head(25)
    top = 1.05 * rows["high"].max()
    for text, (_, row) in zip(svgs, rows.iterrows(), strict=True):
        svg = ElementTree.fromstring(f"<svg{text.partition('</svg>')[0]}</svg>")
        [limits] = [line for line in svg.iter("line") if line.get("class") == "lx-limits"]
        ends = [float(limits.get(end)) for end in ("x1", "x2")]
        assert ends == pytest.approx([6 + 108 * row[end] / top for end in ("low", "high")], abs=0.06)


def test_heads_say_how_the_table_is_sorted():
    heads = Page(tables.table_html(seen(FRAME, sort="rate", ascending=False))).all("th", scope="col")
    ways = [head.get("aria-sort") for head in heads]
    assert ways == ["none", "none", "none", "descending", None, "none", "none"]


def test_selected_rows_are_pressed_and_stand_above_other_pages():
    html = tables.table_html(seen(FRAME, page=2, selected_ids=["campaign 0"]))
    pressed = Page(html).all("button", aria_pressed="true")
    assert [json.loads(each["data-lx"]) for each in pressed] == [["select", "campaign 0"]]
    assert ids_of(html)[0] == "campaign 0"
    assert len(ids_of(html)) == 26
    assert len(Page(html).with_class("lx-pinned")) == 1


def test_the_pager_ends_at_the_ends():
    off = {
        number: [
            each["aria-disabled"]
            for each in Page(tables.table_html(seen(FRAME, page=number))).all("button")
            if "aria-disabled" in each
        ]
        for number in (1, 2, 3)
    }
    assert off == {1: ["true", "false"], 2: ["false", "false"], 3: ["false", "true"]}


def test_no_match_names_the_filters_and_clears_them():
    found = Page(tables.table_html(seen(FRAME, search="<none>", min_sends=5000)))
    assert 'No campaign matches: at least 5,000 sends and "<none>" in label or id.' in found.texts
    assert {"data-lx": '["clear-filters"]'}.items() <= found.all("button", class_="lx-button")[0].items()
    assert pictures.picture(seen(FRAME, search="<none>")).png == b""


def test_verdicts_have_a_word_a_shape_and_a_colour():
    html = tables.table_html(seen(FRAME, sort="given"))
    for verdict in seen(FRAME, sort="given").shown["verdict"].head(25).unique():
        assert texts.SHAPES[verdict] in html
        assert verdict in html
    assert len({texts.SHAPES[each] for each in texts.SHAPES}) == len(texts.SHAPES)
    few = Page(html).texts
    needed, more = benchmark(FRAME)[["sends_needed", "sends_more"]].iloc[24]
    assert few[few.index(f"({more:,} more)") - 1] == f"{needed:,}"


@pytest.fixture(scope="module", params=["funnel", "forest", "ranks"])
def nasty_pages(request):
    """Table, chart, and what is left without a kernel."""
    shown = seen(nasty(), chart=request.param, selected_ids=list(NASTY), against=0.04)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(canvas, "png_bytes", lambda figure: b"a picture")
        drawn = pictures.picture(shown)
    pages = tables.table_html(shown), pictures.chart_html(drawn, shown), exports.static_html(shown, drawn)
    return [Page(html) for html in pages]


@pytest.mark.parametrize("name", NASTY)
def test_any_label_is_shown_literally(nasty_pages, name):
    for found in nasty_pages:
        assert not {tag for tag, _ in found.tags} & {"script", "b"}
        assert not [attributes for _, attributes in found.tags if any(key.startswith("on") for key in attributes)]
        assert len([tag for tag, _ in found.tags if tag == "img"]) <= 1
    table, chart, _ = nasty_pages
    assert NASTY[name] in table.texts
    titles = [each.get("title") for each in chart.with_class("lx-spot")]
    assert any(title.startswith(f"{NASTY[name]}: ") for title in titles)


@pytest.mark.parametrize("chart", ["funnel", "forest", "ranks"])
def test_a_chart_is_a_picture_with_words_and_touches_nothing_of_pyplot(chart):
    _, drawn = drawn_of(chart)
    size = Image.open(io.BytesIO(drawn.png)).size
    assert size == pytest.approx((1.44 * drawn.width, 1.44 * drawn.height), abs=2)
    assert drawn.title in drawn.alt
    assert all(spot.left >= 0 and spot.left + spot.width <= 101 and 0 <= spot.top <= 100 for spot in drawn.spots)


@pytest.mark.usefixtures("unpainted")
def test_intervals_of_one_page_tell_the_finding_of_all():
    calls = benchmark(FRAME)["verdict"].value_counts()
    assert calls["above"]
    assert not calls.get("below")
    shown = seen(FRAME, chart="forest", page=2, sort="name")
    finding = f"Reply rate: {calls['above']} of 60 campaigns above the rest"
    drawn = pictures.picture(shown)
    assert drawn.title == f"{finding} (25 shown, page 2 of 3)"
    assert drawn.title in drawn.alt
    one_page = pictures.picture(seen(FRAME, chart="forest", min_sends=1000)).title
    assert one_page.startswith("Reply rate: ")
    assert "page" not in one_page


@pytest.mark.usefixtures("unpainted")
def test_intervals_show_what_is_selected_on_other_pages_as_the_table_does():
    elsewhere = FRAME.index[seen(FRAME).places[30]]
    shown = seen(FRAME, chart="forest", selected_ids=[elsewhere])
    drawn = pictures.picture(shown)
    assert len(drawn.spots) == 26
    assert elsewhere in {shown.keys[spot.place] for spot in drawn.spots}


def test_change_over_time_of_what_is_selected():
    history = weekly(6)
    ids = list(history.index.unique("campaign_id")[:2])
    frame = many(6).set_axis(history.index.unique("campaign_id"))
    drawn = pictures.picture(seen(frame, chart="trend", selected_ids=ids), history)
    two = trend_data(history[history.index.get_level_values("campaign_id").isin(ids)])
    assert drawn.title == f"{two.attrs['title']} (2 selected)"
    assert drawn.png != pictures.picture(seen(frame, chart="trend"), history).png


@pytest.mark.usefixtures("unpainted")
def test_change_over_time_of_what_a_history_does_not_know(tmp_path):
    history, counts = History(tmp_path / "stats.sqlite"), ("opened", "clicked", "bounced", "unsubscribed")
    history.record(weekly(6).assign(**{f"{name}_count": 0 for name in counts}))
    known = weekly(6).index.unique("campaign_id")[0]
    frame = many(2).set_axis([known, "never"])
    one = pictures.picture(seen(frame, chart="trend", selected_ids=[known, "never"]), history)
    assert one.title.endswith(" (1 selected)")
    none = pictures.picture(seen(frame, chart="trend", selected_ids=["never"]), history)
    assert (none.png, none.alt) == (b"", "What is selected is not in the history.")


def test_only_what_is_not_settled_needs_sends():
    table = benchmark(FRAME)
    settled = table["verdict"].isin(["above", "below", "typical"])
    assert settled.any()
    assert (~settled).any()
    told = [tables.cells(row)[-1] for row in table.to_dict("records")]
    assert {text for text, done in zip(told, settled, strict=True) if done} == {"–"}
    more = table.loc[~settled & table["sends_needed"].notna(), "sends_more"]
    assert [f"({each:,} more)" for each in more] == [text.partition(" ")[2] for text in told if "more" in text]
    order = seen(FRAME, sort="sends_needed", ascending=False).shown["sends_more"].dropna()
    assert order.is_monotonic_decreasing


def test_a_group_stands_in_the_table_with_the_rate_it_is_compared_with():
    shown = seen(FRAME, by="office", search="vienna")
    assert set(FRAME.loc[shown.shown.index, "office"]) == {"Vienna"}
    assert len(shown.shown) == 20
    html = tables.table_html(shown)
    rates = {f"Vienna ({100 * rate:.1f} %)" for rate in shown.shown["benchmark"]}
    assert rates <= set(Page(html).texts)
    assert "office" in Page(html).texts


def test_a_picture_does_not_depend_on_those_drawn_before():
    canvas._used.clear()
    states = [{"chart": "funnel"}, {"chart": "forest"}, {"chart": "funnel", "min_sends": 300}]
    first, *others = (pictures.picture(seen(FRAME, **state)) for state in states)
    assert len({first.png, *(other.png for other in others)}) == len(states)
    assert pictures.picture(seen(FRAME, **states[0])) == first


@pytest.mark.parametrize("alone", [False, True])
def test_few_colours_are_close_to_all(alone, monkeypatch):
    drawn, keep = [], canvas.with_few_colours
    monkeypatch.setattr(canvas, "with_few_colours", lambda pixels: drawn.append(pixels.copy()) or keep(pixels))
    few = Image.open(io.BytesIO(pictures.picture(seen(FRAME), alone=alone).png)).convert("RGBA")
    for behind in ("white", "black"):
        page_of = Image.new("RGBA", few.size, behind)
        seen_few, seen_all = (
            np.asarray(Image.alpha_composite(page_of, each)).astype(np.int16)
            for each in (few, Image.fromarray(drawn[0]))
        )
        assert np.abs(seen_few - seen_all).max() <= 32  # of 255, at the edges of marks
        assert np.abs(seen_few - seen_all).mean() < 0.2


def test_spots_lie_on_their_marks():
    """Of two campaigns that are called, one above, one below, the dark pixels are found where the spots say."""
    frame = pd.DataFrame({"sent_count": [4000, 2000], "replied_count": [300, 20]}, index=["up", "down"])
    drawn = pictures.picture(seen(frame, against=0.04), alone=True)
    image = np.asarray(Image.open(io.BytesIO(drawn.png)).convert("RGBA").convert("RGB")).astype(int)
    high, wide, _ = image.shape
    blue, orange = (0x00, 0x62, 0xA3), (0xB5, 0x47, 0x00)
    for spot in drawn.spots:
        x, y = (spot.left + spot.width / 2) / 100 * wide, (spot.top + spot.height / 2) / 100 * high
        pixel = image[round(y), round(x)]
        colour = blue if spot.place == 0 else orange
        assert np.abs(pixel - colour).max() < 40, (spot, pixel)


@pytest.mark.usefixtures("unpainted")
def test_names_of_what_stands_out_are_texts_beside_their_marks():
    frame = pd.DataFrame(
        {
            "sent_count": [4000, 4200, 2000],
            "replied_count": [300, 320, 20],
            "label": ["left 🌱 of", NASTY["html"], "律師"],
        }
    )
    shown = seen(frame, against=0.04)
    drawn = pictures.picture(shown)
    assert {name.place: name.kind for name in drawn.names} == {0: "better", 1: "better", 2: "worse"}
    around = {spot.place: spot for spot in drawn.spots}
    for name in drawn.names:
        spot = around[name.place]
        beyond = name.x - (spot.left + spot.width / 2)
        assert 0.5 < (beyond if name.right else -beyond) < 2  # percent: the name begins, or ends, where the mark does
        assert abs(name.y - (spot.top + spot.height / 2)) < 6
    found = Page(pictures.chart_html(drawn, shown))
    assert {"left 🌱 of", "律師"} <= set(found.texts)
    assert [each["data-lx"] for each in found.with_class("lx-mark-name")] == [
        json.dumps(["select", str(name.place)]) for name in drawn.names
    ]
    assert pictures.picture(shown, alone=True).names == ()


@pytest.mark.usefixtures("unpainted")
def test_names_that_give_way_stand_as_high_as_they_were_placed(monkeypatch):
    placed, keep = [], spots.beside_marks
    monkeypatch.setattr(spots, "beside_marks", lambda *given: placed.extend(given[3]) or keep(*given))
    frame = pd.DataFrame({"sent_count": [4000, 4200, 4100, 4300], "replied_count": [300, 318, 309, 330]})
    drawn = pictures.picture(seen(frame, against=0.04))
    middles = {spot.place: spot.top + spot.height / 2 for spot in drawn.spots}
    ups = [label.up for _, label in placed]
    assert min(ups) < 0 < max(ups)
    for name, up in zip(drawn.names, ups, strict=True):
        assert middles[name.place] - name.y == pytest.approx(100 * up * canvas.SHOWN / drawn.height, abs=0.1)


def test_the_legend_is_a_text_that_counts_what_is_drawn():
    shown, drawn = drawn_of("funnel")
    verdicts = benchmark(FRAME)["verdict"].value_counts()
    said = [text for text in Page(pictures.chart_html(drawn, shown)).texts if text.endswith(")")][: len(drawn.legend)]
    assert said == [f"{verdict} ({verdicts[verdict]})" for verdict in texts.SHAPES if verdicts.get(verdict, 0)]
    frame = pd.DataFrame({"sent_count": [4000, 2000, 30], "bounced_count": [300, 20, 1]})
    low_is_good = pictures.picture(seen(frame, metric="bounce_rate", against=0.04))
    assert [entry[:2] for entry in low_is_good.legend] == [
        ("above", "worse"), ("below", "better"), ("too few sends", "neutral"),
    ]  # fmt: skip
    assert drawn_of("forest")[1].legend == ()  # rows have headings


@pytest.mark.usefixtures("unpainted")
def test_spots_are_few_and_calls_come_last():
    drawn, table = pictures.picture(seen(labelled(600))), benchmark(labelled(600))
    assert len(drawn.spots) == 300
    verdicts = [table["verdict"].iloc[spot.place] for spot in drawn.spots]
    called = [verdict in ("above", "below") for verdict in verdicts]
    assert called == sorted(called)


def test_a_chart_that_cannot_be_drawn_says_why_and_the_table_stays():
    shown = seen(FRAME, by="office")
    drawn = pictures.picture(shown)
    assert drawn.png == b""
    assert drawn.alt == (
        "Compared within groups, each with a rate of its own: a funnel has only one. Choose Intervals or Ranks as the "
        "chart."
    )
    assert len(ids_of(tables.table_html(shown))) == 25
    assert (
        pictures.picture(seen(FRAME, chart="trend")).alt
        == "Change over time needs a history: explore(..., history=...)."
    )


def test_change_over_time_is_the_chart_of_the_history_whatever_is_hidden():
    history = weekly(6)
    ax = plotting.trend(history, ax=Figure().add_subplot())
    for search in ("", "no campaign of this name"):
        drawn = pictures.picture(seen(FRAME, chart="trend", search=search), history)
        assert drawn.title == ax.get_title(loc="left").replace("\n", " ")
        assert drawn.alt == trend_data(history).attrs["alt_text"]
        assert Image.open(io.BytesIO(drawn.png)).size[0] == 1152


def test_change_over_time_of_what_a_history_lacks_says_so():
    frame = FRAME.assign(bounced_count=0)
    drawn = pictures.picture(seen(frame, chart="trend", metric="bounce_rate"), weekly(6))
    assert drawn.png == b""
    assert "bounced_count" in drawn.alt


def test_only_what_is_selected_is_ringed_in_a_file():
    chosen = seen(FRAME, selected_ids=["campaign 3"])
    assert pictures.picture(chosen).png == drawn_of("funnel")[1].png
    assert pictures.picture(chosen, alone=True).png != drawn_of("funnel", alone=True)[1].png


@pytest.mark.parametrize("chart", ["funnel", "forest", "ranks"])
def test_a_file_says_what_it_shows(chart, monkeypatch):
    figures, keep = [], canvas.png_bytes
    monkeypatch.setattr(canvas, "png_bytes", lambda figure: figures.append(figure) or keep(figure))
    shown, live = drawn_of(chart)
    drawn = pictures.picture(shown, alone=True)
    [figure] = figures
    [ax] = figure.axes
    assert ax.get_title(loc="left").replace("\n", " ") == live.title == drawn.title
    said = [text.get_text().replace("\n", " ") for text in ax.texts]
    assert live.caption in said
    renderer = figure.canvas.get_renderer()
    inside = figure.bbox
    for text in ax.get_children():
        if not isinstance(text, Text) or not text.get_text():
            continue
        box = text.get_window_extent(renderer)
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1, text
        assert inside.y0 <= box.y0 <= box.y1 <= inside.y1, text


def test_names_of_columns_are_shown_literally_too():
    name = "<img src=x onerror=alert(1)>"
    frame = FRAME.rename(columns={"replied_count": name})
    metric = Metric(name, name, "sent_count")
    shown = seen(frame, metric=metric, against=Benchmark(name, metric, value=0.04))
    for html in (tables.table_html(shown), exports.static_html(shown, None), parts.code_html(shown)):
        assert "<img" not in html
        assert name.lower() in "".join(Page(html).texts).lower()


def test_what_went_wrong_is_shown_literally():
    name = "<img src=x onerror=alert(1)>"
    failed = texts.failures_text({"a": CampaignNotFoundError(404, None, "a", None)}, {"a": name})
    for html in (parts.alert_html([failed, texts.error_text(ValueError(name), kept=0, missing=0)]),
                 parts.status_html(name, 1, reading=True)):  # fmt: skip
        assert "<img" not in html
        assert name in "".join(Page(html).texts)


@pytest.mark.usefixtures("unpainted")
def test_ids_that_are_there_twice_or_missing_have_spots_of_their_own():
    frame = FRAME.head(6).set_axis([1.0, np.nan, 1.0, np.nan, 2.0, 3.0])
    for chart in ("funnel", "forest", "ranks"):
        drawn = pictures.picture(seen(frame, chart=chart, against=0.04))
        assert sorted(spot.place for spot in drawn.spots) == list(range(6))


def test_status_counts_what_is_shown():
    frame = pd.DataFrame({"sent_count": [4000, 2000, 30], "replied_count": [300, 20, 1]}, index=list("abc"))
    assert texts.status_text(seen(frame, against=0.04)) == "3 campaigns: 1 above, 1 below, 1 too few sends."
    assert texts.status_text(seen(frame, against=0.04, min_sends=100, selected_ids=["c"])) == (
        "2 of 3 campaigns: 1 above, 1 below. 1 selected."
    )


def test_csv_opens_in_pandas_and_equals_the_view():
    shown = seen(FRAME, sort="rate")
    back = pd.read_csv(io.BytesIO(exports.csv_bytes(shown)), index_col=0, keep_default_na=True)
    assert list(back.index) == list(shown.shown.index)
    assert list(back.columns) == list(shown.shown.columns)
    assert back["rate"].to_numpy() == pytest.approx(shown.shown["rate"].to_numpy(float))
    assert back["verdict"].tolist() == shown.shown["verdict"].astype(str).tolist()


def test_csv_has_no_formula():
    frame = nasty().set_axis(["=1+1", *list(NASTY)[1:]])
    rows = list(csv.reader(io.StringIO(exports.csv_bytes(seen(frame, sort="given")).decode("utf-8-sig"))))
    found = {row[0]: row[1] for row in rows[1:]}
    assert next(iter(found)) == "'=1+1"
    assert [found[name] for name in ("formula", "plus", "minus", "at")] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)"]
    assert found["html" if "html" in found else "'=1+1"] == NASTY["html"]
    assert [found[name] for name in ("quotes", "emoji", "rtl", "long")] == [
        NASTY[n] for n in ("quotes", "emoji", "rtl", "long")
    ]


def test_static_output_is_a_plain_table_and_an_image():
    found = Page(exports.static_html(*drawn_of("funnel")))
    assert {tag for tag, _ in found.tags} == {"p", "img", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert len(found.all("tr")) == 26
    assert not [attributes for _, attributes in found.tags if {"style", "class"} & set(attributes)]
    assert "No campaigns have been read." in Page(exports.static_html(None, None)).texts
    assert exports.static_html(seen(empty()), None) == exports.static_html(None, None)


def test_failures_are_counted_by_reason_and_named():
    failures = {
        "a": CampaignNotFoundError(404, None, "a", None),
        "b": RateLimitError(429, None, "b", None),
        "c": ServerError(503, None, "c", None),
        "d": CampaignNotFoundError(404, None, "d", None),
    }
    assert texts.failures_text(failures, {"a": "Patent"}) == (
        "4 campaigns could not be read: 2 not found (404), 1 rate limited (429), 1 answered with 503. These are Patent, b, "
        "c, d."
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            InvalidKeyError(401, "invalid_key", "a", None),
            "401: The API key is wrong or has expired: make a new one in LeadLex under Settings, API & Integrations, and "
            "pass it as api_key= or in LEADLEX_API_KEY. Then open the explorer again. Shown is what was read: 3 campaigns.",
        ),
        (
            MissingPermissionError(403, None, "a", None),
            "403: The API key lacks the permission campaigns:read: make a key that holds it in LeadLex under Settings, API "
            "& Integrations. Then open the explorer again. Shown is what was read: 3 campaigns.",
        ),
        (
            QuotaExhaustedError(
                empty(), {}, "read_stats", "3 of 5", Quota(100, 0, pd.Timestamp("2026-11-25", tz="UTC"))
            ),
            "The day's calls are used up, 2 campaigns missing. Calls come back at 2026-11-25 00:00 UTC. Shown is what was "
            "read: 3 campaigns.",
        ),
        (ValueError("odd\nmore"), "ValueError: odd Shown is what was read: 3 campaigns."),
    ],
)
def test_what_ended_a_read_is_explained(error, text, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    __import__("time").tzset()
    assert texts.error_text(error, kept=3, missing=2) == text


def test_the_style_is_one_sheet_that_asks_for_nothing():
    assert "http" not in page.style_html()
    assert "url(" not in page.style_html()
    assert page.style_html().count("{") == page.style_html().count("}")


def test_control_characters_and_halves_of_characters_become_spaces():
    assert texts.html("a\x00b\x85c\ud800d\ne") == "a b c d\ne"
