"""What must hold wherever notebooks are read: in JupyterLab, in Notebook 7 and in Voila, in a real browser."""

import io

import pandas as pd
import pytest

from leadlex_pandas import benchmark
from leadlex_pandas.explorer import tables
from leadlex_pandas.explorer.derive import ORDER
from tests.explorer.frames import NASTY, portfolio, ran, seen
from tests.explorer.jupyter import FRONT_ENDS
from tests.explorer.notebooks import PORTFOLIO, RESET, SERVICE

pytestmark = pytest.mark.browser


@pytest.fixture(params=FRONT_ENDS)
def opened(request, pages):
    """The explorer on 200 campaigns, as it was when it was opened."""
    page = pages(request.param, f"portfolio-{request.param}.ipynb", PORTFOLIO, RESET)  # a kernel each
    page.start_again()
    return page


def expected(**state):
    """The rows of the first page as they must be written: computed here, of the same frame."""
    shown = seen(portfolio(), **state)
    rows = shown.table.iloc[shown.on_page]
    return [
        [shown.keys[place], shown.names_of([place])[0], *tables.cells(row)[:4], f"{row['verdict']}"]
        for place, (_, row) in zip(shown.on_page, rows.iterrows(), strict=True)
    ]


def written(opened):
    """The same of what the page shows, without shapes and what is still needed."""
    found = []
    for key, name, trials, events, rate, limits, verdict, *_ in opened.table():
        word = next(each for each in ORDER if verdict[2:].strip().startswith(each))
        found.append([key, name, trials, events, rate, limits, word])
    return found


def image(opened):
    return opened.root().locator("img.lx-image").get_attribute("src")


def alt(opened):
    return opened.root().locator("img.lx-image").get_attribute("alt")


def test_it_appears_and_nothing_goes_wrong(opened):
    assert opened.status().startswith("200 campaigns: ")
    assert opened.page_errors() == []
    assert opened.alert() == ""


def test_another_metric_changes_heads_numbers_and_chart(opened):
    before = image(opened), alt(opened), opened.table()
    opened.after(lambda: opened.field("Metric").select_option(label="Open rate"))
    table = opened.root().locator("table.lx-table")
    assert table.get_attribute("data-metric") == "open_rate"
    assert "Opens" in table.locator("thead").inner_text()
    assert all(new != old for new, old in zip((image(opened), alt(opened), opened.table()), before, strict=True))
    assert written(opened) == expected(metric="open_rate")


def test_numbers_are_those_of_python(opened):
    assert written(opened) == expected()
    opened.after(lambda: opened.field("Confidence").select_option(label="80 %"))
    opened.after(lambda: opened.field("Compare with").select_option(label="Median campaign"))
    assert written(opened) == expected(level=0.8, against="median")


def test_minimum_sends_hides_small_campaigns(opened):
    field = opened.field("Minimum sends")

    def enter():
        field.fill("1500")
        field.press("Enter")

    opened.after(enter)
    large = int((portfolio()["sent_count"] >= 1500).sum())
    assert opened.status().startswith(f"{large} of 200 campaigns: ")
    assert f"of {large}" in opened.root().locator(".lx-pager").inner_text()
    assert written(opened) == expected(min_sends=1500)


def test_another_chart_keeps_selection_and_filters(opened):
    opened.after(lambda: opened.root().locator("tbody th button").nth(1).click())
    opened.after(lambda: fill(opened, "Search", "alert"))
    status, pictures = opened.status(), [image(opened)]
    for chart in ("Intervals", "Ranks", "Funnel"):
        opened.after(lambda chart=chart: opened.field("Chart").select_option(label=chart))
        pictures.append(image(opened))
        assert opened.status() == status
    assert pictures[0] == pictures[3]
    assert len(set(pictures)) == 3


def fill(opened, label, text):
    field = opened.field(label)
    field.fill(text)
    field.press("Enter")


def test_heads_sort_and_reverse(opened):
    head = opened.root().locator("thead th", has_text="Emails sent")
    for way, ascending in (("descending", False), ("ascending", True)):
        opened.after(lambda: head.get_by_role("button").click())
        assert head.get_attribute("aria-sort") == way
        assert written(opened) == expected(sort="trials", ascending=ascending)


def test_a_row_is_selected_and_the_chart_marks_it(opened):
    row = opened.root().locator("tbody tr[data-id]").nth(3)
    key = row.get_attribute("data-id")
    opened.after(lambda: row.get_by_role("button").click())
    assert opened.status().endswith(" 1 selected.")
    assert opened.root().locator(f"tr[data-id='{key}'] button").get_attribute("aria-pressed") == "true"
    assert marked(opened) == [key]


def marked(opened):
    return opened.page.evaluate(
        "() => [...document.querySelectorAll('.lx-root .lx-spot.lx-chosen')].map(spot => spot.dataset.id)"
    )


def test_a_click_on_a_mark_selects_its_row(opened):
    shown = seen(portfolio())
    key = shown.keys[shown.on_page[0]]
    opened.after(lambda: opened.root().locator(f".lx-spot[data-id='{key}']").click())
    assert opened.root().locator(f"tr[data-id='{key}'] button").get_attribute("aria-pressed") == "true"
    assert marked(opened) == [key]


def test_csv_is_the_view_without_formulas(opened):
    opened.root().get_by_role("button", name="Prepare CSV").click()
    link = opened.root().locator("a.lx-download")
    link.wait_for()
    with opened.page.expect_download() as download:
        link.click()
    back = pd.read_csv(io.BytesIO(download.value.path().read_bytes()), index_col=0, keep_default_na=False)
    shown = seen(portfolio()).shown
    assert list(back.index) == list(shown.index)
    assert back["rate"].astype(float).to_numpy() == pytest.approx(shown["rate"].to_numpy(float))
    harmless = {
        name: f"'{NASTY[name]}" if name in ("formula", "plus", "minus", "at") else NASTY[name] for name in NASTY
    }
    assert back.loc[[f"cmp_{i:04d}" for i in range(len(NASTY))], "label"].tolist() == list(harmless.values())


def test_the_code_is_copied_and_gives_the_same_table(opened):
    opened.after(lambda: fill(opened, "Search", "(de)"))
    button = opened.root().get_by_role("button", name="Copy code")
    button.click()
    opened.root().get_by_role("button", name="Copied").wait_for()
    code = opened.page.evaluate("() => navigator.clipboard.readText()")
    table = ran(code, portfolio())["table"]
    assert [row[0] for row in opened.table()] == list(table.index[:25])
    assert list(table.index) == list(seen(portfolio(), search="(de)").shown.index)


def test_cancel_stops_and_keeps_what_came(pages):
    for front_end in FRONT_ENDS:
        opened = pages(front_end, f"cancel-{front_end}.ipynb", SERVICE.replace("latency=0.25", "latency=0.0"), SLOWER)
        opened.page.get_by_role("button", name="Slower").click()
        opened.settle()
        opened.root().get_by_role("button", name="Reload").click()
        opened.page.wait_for_selector(".lx-root [data-reading=true], .lx-root progress")
        opened.page.wait_for_timeout(700)
        took = opened.page.evaluate(
            """async () => {
              const root = document.querySelector('.lx-root'), begin = performance.now();
              [...root.querySelectorAll('button')].find(each => each.textContent.trim() === 'Cancel').click();
              while (!root.querySelector('[role=alert]')) await new Promise(done => setTimeout(done, 10));
              return performance.now() - begin;
            }"""
        )
        assert took < 1000
        assert opened.alert().startswith("Cancelled: ")
        assert len(opened.table()) == 24


SLOWER = """
slower = ipywidgets.Button(description="Slower")
slower.on_click(lambda _: setattr(server, "latency", 1.5))
slower
"""

ORDER_OF_TAB = [
    "Metric", "Compare with", "Confidence", "Minimum sends", "Search", "Group by", "Chart", "More controls", "Campaign",
]  # fmt: skip


def test_the_keyboard_is_enough(opened):
    page = opened.page
    opened.field("Metric").focus()
    reached = []
    for _ in range(40):
        reached.append(page.evaluate(NAME_OF_FOCUS))
        if reached[-1].startswith("Campaign"):
            break
        page.keyboard.press("Tab")
    named = [name for name in reached if any(name.startswith(each) for each in ORDER_OF_TAB)]
    assert [next(each for each in ORDER_OF_TAB if name.startswith(each)) for name in named] == ORDER_OF_TAB
    opened.after(lambda: page.keyboard.press("Enter"))  # sorts by campaign
    assert page.evaluate(NAME_OF_FOCUS).startswith("Campaign")
    assert written(opened) == expected(sort="name")
    for _ in range(6):
        page.keyboard.press("Tab")
    name = page.evaluate(NAME_OF_FOCUS)
    opened.after(lambda: page.keyboard.press("Enter"))  # selects the first row
    assert page.evaluate(NAME_OF_FOCUS) == name
    assert page.evaluate("() => document.activeElement.getAttribute('aria-pressed')") == "true"
    keys = {"o": "open_rate", "ArrowDown": "reply_rate", "End": "reply_to_open_rate"}  # else shortcuts of a notebook
    for key, metric in keys.items():
        opened.field("Metric").focus()
        opened.after(lambda key=key: page.keyboard.press(key))
        assert page.evaluate(NAME_OF_FOCUS) == "Metric"
        assert opened.root().locator("table.lx-table").get_attribute("data-metric") == metric
    opened.root().get_by_role("button", name="Copy code").focus()
    page.keyboard.press("Enter")
    opened.root().get_by_role("button", name="Copied").wait_for()


NAME_OF_FOCUS = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return 'BODY';
  const label = focused.labels && focused.labels.length ? focused.labels[0].textContent : '';
  return (label || focused.textContent || focused.tagName).trim();
}"""


def test_the_same_verdicts_as_the_verb_over_all_pages(opened):
    """What the status counts is what `benchmark` says of the frame."""
    counts = benchmark(portfolio())["verdict"].value_counts()
    assert all(f"{count} {verdict}" in opened.status() for verdict, count in counts.items() if count)
