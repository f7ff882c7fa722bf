"""The rest of what the page promises, in JupyterLab, in a real browser."""

import io
import itertools
import json

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.explorer.frames import NASTY, portfolio, seen
from tests.explorer.notebooks import PORTFOLIO, RESET, SERVICE

pytestmark = pytest.mark.browser


@pytest.fixture
def lab(pages):
    """The explorer on 200 campaigns, as it was when it was opened."""
    page = pages("lab", "lab.ipynb", PORTFOLIO, RESET)
    page.start_again()
    return page


def fill(opened, label, text):
    field = opened.field(label)
    field.fill(text)
    field.press("Enter")


def choose(opened, label, option):
    opened.after(lambda: opened.field(label).select_option(label=option))


def limits(opened):
    found = {}
    for key, _, _, _, _, text, *_ in opened.table():
        low, _, high = text.removesuffix(" %").partition(" to ")
        found[key] = (float(low), float(high))
    return found


def chosen(opened):
    return opened.ask("list(explorer.selected_ids)")


def test_search_is_literal(lab):
    for text in ("(DE)", "*new*", "PATENT", "."):
        lab.after(lambda text=text: fill(lab, "Search", text))
        assert [row[0] for row in lab.table()] == [
            seen(portfolio(), search=text).keys[i] for i in seen(portfolio(), search=text).on_page
        ]


def test_more_confidence_widens_every_interval_and_makes_no_calls(lab):
    lab.after(lambda: lab.run("explorer.sort = 'given'"))
    found = {}
    for level in ("80 %", "99 %"):
        choose(lab, "Confidence", level)
        found[level] = limits(lab), {row[0]: row[6] for row in lab.table()}
    assert all(
        found["99 %"][0][key][0] < low and high < found["99 %"][0][key][1]
        for key, (low, high) in found["80 %"][0].items()
    )
    few = [key for key, verdict in found["80 %"][1].items() if "too few sends" in verdict]
    assert few
    assert not [key for key in few if found["99 %"][1][key][2:] in ("above", "below")]


PACKAGED = "cold-b2b-it-2026: B2B cold email, Italy, all sectors"


@pytest.mark.parametrize("against", ["pooled", "median", 0.06, "cold-b2b-it-2026"])
def test_what_is_compared_with_changes_the_verdicts(lab, against):
    names = {"pooled": "Whole portfolio", "median": "Median campaign", "cold-b2b-it-2026": PACKAGED}
    if against in names:
        choose(lab, "Compare with", names[against])
    else:
        choose(lab, "Compare with", "Own rate")
        lab.after(lambda: fill(lab, "Own rate in %", "6"))
    shown = seen(portfolio(), against=against)
    counted = {verdict: count for verdict, count in shown.counts.items() if count}
    assert all(f"{count} {verdict}" in lab.status() for verdict, count in counted.items())


def test_groups_are_compared_within_and_the_funnel_says_why_it_is_not_drawn(lab):
    choose(lab, "Group by", "office")
    assert "each with a rate of its own" in lab.root().locator(".lx-chart").inner_text()
    assert lab.table()
    choose(lab, "Chart", "Intervals")
    assert lab.root().locator("img.lx-image").count() == 1


def test_selection_survives_sorting_pages_metrics_and_filters(lab):
    row = lab.root().locator("tbody tr[data-id]").nth(2)
    key = row.get_attribute("data-id")
    lab.after(lambda: row.get_by_role("button").click())
    lab.after(lambda: lab.root().locator("thead button", has_text="Rate").click())
    lab.after(lambda: lab.root().get_by_role("button", name="Next").click())
    choose(lab, "Metric", "Open rate")
    lab.after(lambda: fill(lab, "Search", "no such campaign"))
    assert chosen(lab) == [key]
    assert lab.ask("list(explorer.selected.index)") == [key]
    assert lab.root().locator(".lx-selected").inner_text().startswith("Selected:")


def test_a_row_is_selected_anywhere_but_not_by_marking_its_text(lab):
    row = lab.root().locator("tbody tr[data-id]").nth(3)
    key = row.get_attribute("data-id")
    lab.after(lambda: row.locator("td").nth(1).click())
    assert chosen(lab) == [key]
    lab.page.evaluate("""() => {
      const cell = document.querySelector('.lx-root tbody tr[data-id] td'), range = document.createRange();
      range.selectNodeContents(cell);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      cell.click();
    }""")
    lab.page.wait_for_timeout(500)
    assert chosen(lab) == [key]
    lab.page.evaluate("() => getSelection().removeAllRanges()")


def test_a_mark_says_name_rate_and_sends(lab):
    shown = seen(portfolio())
    place = shown.on_page[0]
    title = lab.root().locator(f".lx-spot[data-id='{shown.keys[place]}']").get_attribute("title")
    row = shown.table.iloc[place]
    assert title == f"{shown.names_of([place])[0]}: {100 * row['rate']:.1f} % of {row['trials']:,} ({row['verdict']})"


def test_names_beside_marks_lie_in_the_picture_and_select_their_campaign(lab):
    names, picture = lab.root().locator(".lx-mark-name"), lab.root().locator(".lx-picture").bounding_box()
    boxes = [name.bounding_box() for name in names.all()]
    assert len(boxes) > 3
    for box in boxes:
        assert picture["x"] <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]
        assert box["height"] < 16
    for one, other in itertools.combinations(boxes, 2):
        apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        assert apart or abs(one["y"] - other["y"]) > 9
    [_, key] = json.loads(names.nth(1).get_attribute("data-lx"))
    lab.after(lambda: names.nth(1).click())
    assert chosen(lab) == [key]


def test_pages_turn_end_and_keep_what_is_selected_in_sight(lab):
    root = lab.root()
    assert root.get_by_role("button", name="Previous").get_attribute("aria-disabled") == "true"
    key = root.locator("tbody tr[data-id]").first.get_attribute("data-id")
    lab.after(lambda: root.locator("tbody th button").first.click())
    for number in range(2, 9):
        lab.after(lambda: root.get_by_role("button", name="Next").click())
        assert f"Page {number} of 8" in root.locator(".lx-pager").inner_text()
        assert root.locator(".lx-pinned tr").get_attribute("data-id") == key
    assert root.get_by_role("button", name="Next").get_attribute("aria-disabled") == "true"
    assert lab.page.evaluate("() => document.activeElement.textContent") == "Next"


@pytest.mark.parametrize("chart", ["Funnel", "Intervals", "Ranks"])
def test_png_is_a_picture_of_the_chart(lab, chart):
    if chart != "Funnel":
        choose(lab, "Chart", chart)
    lab.root().get_by_role("button", name="Prepare PNG").click()
    lab.root().locator("a.lx-download[download$='.png']").wait_for()
    with lab.page.expect_download() as download:
        lab.root().locator("a.lx-download").click()
    image = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert image.format == "PNG"
    assert image.size[0] == 1296
    assert len(image.convert("RGBA").getcolors(10**6)) > 10


def test_state_opens_the_same_page_again(lab):
    lab.after(lambda: fill(lab, "Search", "alert"))
    lab.after(lambda: lab.root().locator("tbody th button").nth(4).click())
    assert lab.run(
        "other = leadlex_pandas.explore(stats, **explorer.state())\n"
        "print([other._parts[each].value == explorer._parts[each].value for each in ('chart', 'chosen', 'table', 'code')])\n"
        "other.close()"
    ).strip() == str([True] * 4)


def test_two_explorers_and_two_views_of_one(pages):
    two = pages("lab", "two.ipynb", PORTFOLIO, "second = leadlex_pandas.explore(stats)\nsecond", "explorer")
    two.page.wait_for_function("() => document.querySelectorAll('.lx-root').length === 3")
    two.after(lambda: two.field("Metric", 0).select_option(label="Open rate"))
    names = [two.root(i).locator("table.lx-table").get_attribute("data-metric") for i in range(3)]
    assert names == ["open_rate", "reply_rate", "open_rate"]
    key = two.root(2).locator("tbody tr[data-id]").nth(1).get_attribute("data-id")
    two.after(lambda: two.root(2).locator("tbody th button").nth(1).click(), 0)
    pressed = [two.root(i).locator(f"tr[data-id='{key}'] [aria-pressed=true]").count() for i in range(3)]
    assert pressed == [1, 0, 1]
    assert two.field("Metric", 2).input_value() == two.field("Metric", 0).input_value()


def service(pages, name):
    return pages("lab", f"{name}.ipynb", SERVICE)


def test_reload_shows_progress_and_leaves_the_page_usable(pages):
    opened = service(pages, "service")
    opened.settle()
    assert "Reads 24 of 24 campaigns: 24 calls" in opened.root().locator(".lx-note").inner_text()
    opened.run("server.latency = 1.0")
    opened.root().get_by_role("button", name="Reload").click()
    progress = opened.root().locator("progress")
    progress.wait_for()
    first = int(progress.get_attribute("value"))
    took = opened.page.evaluate(CHANGE_METRIC)
    assert took < 1000
    assert len(opened.table()) == 24
    opened.page.wait_for_function(
        "first => Number(document.querySelector('.lx-root progress').value) > first", arg=first, timeout=10_000
    )
    opened.page.wait_for_selector(".lx-root progress", state="detached", timeout=20_000)
    assert opened.alert() == ""


CHANGE_METRIC = r"""async () => {
  const root = document.querySelector('.lx-root'), begin = performance.now();
  const select = [...root.querySelectorAll('select')][0];
  select.selectedIndex = [...select.options].findIndex(each => each.textContent.replace(/\u00a0/g, ' ') === 'Open rate');
  select.dispatchEvent(new Event('change', {bubbles: true}));
  while (root.querySelector('table.lx-table').dataset.metric !== 'open_rate') {
    if (performance.now() - begin > 10000) break;
    await new Promise(done => setTimeout(done, 5));
  }
  return performance.now() - begin;
}"""
PARTIAL = SERVICE.replace(
    "ids = server.campaigns.head(24)",
    "import pandas\nids = pandas.concat([server.campaigns.head(5)[['label']], pandas.DataFrame({'label': ['Gone <b>']}, index=['gone'])])",
)


def test_any_label_is_told_literally_by_an_alert(pages):
    labels = {key: label for key, label in NASTY.items() if key != "long"}
    code = f"ids = pandas.DataFrame({{'label': {list(labels.values())!r}}}, index={list(labels)!r})"
    opened = pages("lab", "nasty.ipynb", SERVICE.replace("ids = server.campaigns.head(24)", f"import pandas\n{code}"))
    opened.settle()
    assert opened.alert() == (
        f"8 campaigns could not be read: 8 not found (404). These are {', '.join(labels.values())}."
    )
    assert "hacked" not in opened.page.title()


def test_change_over_time_once_there_is_a_history(pages):
    opened = pages("lab", "history.ipynb", HISTORY)
    opened.settle()
    opened.after(lambda: opened.field("Chart").select_option(label="Change over time"))
    image = opened.root().locator("img.lx-image")
    assert image.get_attribute("alt") == opened.ask("trend_data(history).attrs['alt_text']")
    before = image.get_attribute("src")
    opened.after(lambda: opened.field("Metric").select_option(label="Open rate"))
    assert image.get_attribute("src") != before
    assert len(opened.table()) == 8


HISTORY = """
import pathlib, tempfile, ipywidgets, leadlex_pandas
from leadlex_pandas.plotting.data import trend_data
from tests.plotting.frames import weekly
history = leadlex_pandas.History(pathlib.Path(tempfile.mkdtemp()) / "stats.sqlite")
counts = dict.fromkeys(("clicked_count", "bounced_count", "unsubscribed_count"), 0)
rows = weekly(8).assign(opened_count=lambda df: df["replied_count"] * 2, **counts)
history.record(rows.reset_index())
explorer = leadlex_pandas.explore(history=history)
explorer
"""


def test_a_campaign_that_is_not_there_is_named_and_the_rest_shown(pages):
    opened = pages("lab", "partial.ipynb", PARTIAL)
    opened.settle()
    assert opened.alert() == "1 campaign could not be read: 1 not found (404). These are Gone <b>."
    assert len(opened.table()) == 5
    calls = opened.ask("len(server.calls)")
    opened.root().get_by_role("button", name="Retry the missing").click()
    opened.page.wait_for_timeout(1500)
    assert opened.ask("len(server.calls)") == calls + 1


def test_a_refused_key_is_explained_and_not_shown(pages):
    secret = "wbk_" + "refused1"
    opened = pages("lab", "refused.ipynb", SERVICE.replace("server.api_key", repr(secret).replace("wbk_", "wbk' '_")))
    opened.settle()
    assert opened.alert().startswith("401: The API key is wrong or has expired: make a new one in LeadLex")
    shown = opened.root().inner_text() + opened.root().inner_html()
    assert secret not in shown
    assert "No campaigns yet" in shown


WAITING = """
server.fail(429, times=None, retry_after=60)
"""


def test_waiting_for_the_service_is_told_and_can_be_cancelled(pages):
    opened = service(pages, "waiting")
    opened.run(WAITING)
    opened.root().get_by_role("button", name="Reload").click()
    opened.page.wait_for_function(
        "() => /until \\\\d\\\\d:\\\\d\\\\d/.test(document.querySelector('.lx-root').innerText)".replace("\\\\", "\\")
    )
    opened.root().get_by_role("button", name="Cancel").click()
    opened.root().locator("[role=alert]").wait_for(timeout=2000)
    assert opened.alert().startswith("Cancelled: 0 of 24 were read, which are kept.")
    assert len(opened.table()) == 24


# a service whose day ends after some seconds, and which has ten calls left until then
QUOTA = SERVICE.replace("latency=0.25", 'plan="pro"').replace(
    "ids = ",
    """import time
end = int(time.time()) + 20
server._service._limits.day.reset_after = lambda wall: end if wall < end else end + 86_400
server.day_calls_left = 10
ids = """,
)


def test_the_days_calls_used_up_until_they_come_back(pages):
    opened = pages("lab", "quota.ipynb", QUOTA)
    opened.settle()
    alert = opened.alert()
    assert alert.startswith("The day's calls are used up, 14 campaigns missing. Calls come back at ")
    assert opened.ask("time.strftime('%H:%M', time.localtime(end))") in alert
    assert "Shown is what was read: 10 campaigns. Missing: " in alert
    retry = opened.root().get_by_role("button", name="Retry the missing")
    assert retry.is_disabled()
    assert len(opened.table()) == 10
    missing = opened.ask("sorted(set(ids.index) - set(explorer.data.index))")
    calls = opened.ask("len(server.calls)")
    expect(retry).to_be_enabled(timeout=30_000)
    retry.click()
    opened.page.wait_for_function("() => document.querySelectorAll('.lx-root tr[data-id]').length === 24")
    assert opened.ask(f"sorted(call.campaign_id for call in server.calls[{calls}:])") == missing
    assert opened.alert() == ""


def test_a_drawing_that_fails_is_told_and_the_next_one_recovers(lab):
    lab.run(
        "from leadlex_pandas.explorer import pictures\nreal = pictures.picture\n"
        "def broken(*a, **k): raise RuntimeError('no <ink>')\npictures.picture = broken"
    )
    choose(lab, "Metric", "Open rate")
    assert lab.alert() == "RuntimeError: no <ink>"
    assert lab.root().locator("table.lx-table").get_attribute("data-metric") == "open_rate"
    assert lab.ask("repr(explorer.last_error)") == "RuntimeError('no <ink>')"
    lab.run("pictures.picture = real")
    choose(lab, "Metric", "Reply rate")
    assert lab.alert() == ""


def test_no_match_can_be_cleared(lab):
    lab.after(lambda: fill(lab, "Search", "no such <b>"))
    assert 'No campaign matches: "no such <b>" in label or id.' in lab.root().locator("table").inner_text()
    lab.after(lambda: lab.root().get_by_role("button", name="Clear filters").click())
    assert lab.status().startswith("200 campaigns")
    assert lab.field("Search").input_value() == ""
    assert lab.page.evaluate("() => document.activeElement !== document.body")


def test_nothing_and_a_single_campaign(pages):
    opened = pages("lab", "few.ipynb", PORTFOLIO, "leadlex_pandas.explore()", "leadlex_pandas.explore(stats.head(1))")
    opened.page.wait_for_function("() => document.querySelectorAll('.lx-root [data-draws]').length === 3")
    assert "No campaigns yet" in opened.root(1).inner_text()
    assert opened.field("Metric", 1).is_disabled()
    assert opened.root(2).locator("tr[data-id]").count() == 1


def test_any_label_is_shown_literally_and_nothing_runs(lab):
    lab.after(lambda: lab.run("explorer.update(sort='given', selected_ids=list(stats.index[:9]))"))
    names = [row[1] for row in lab.table()][: len(NASTY)]
    assert names == list(NASTY.values())
    assert "hacked" not in lab.page.title()
    assert lab.root().locator("script").count() == 0
    assert lab.root().locator("img:not(.lx-starter)").count() == 1


def test_no_violation_of_accessibility_in_light_and_dark(lab):
    from axe_playwright_python.sync_playwright import Axe

    lab.after(lambda: lab.root().locator("tbody th button").nth(1).click())
    lab.after(lambda: lab.field("Search").fill("alert") or lab.field("Search").press("Enter"))
    lab.root().get_by_role("button", name="More controls").click()
    lab.settle()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        lab.page.wait_for_function(
            "dark => document.body.dataset.jpThemeLight === String(!dark)", arg=theme.endswith("Dark")
        )
        lab.settle()
        result = Axe().run(lab.page, context=".lx-root")
        assert result.violations_count == 0, result.generate_report()
        filtered = lab.page.evaluate("() => getComputedStyle(document.querySelector('.lx-root img.lx-image')).filter")
        assert ("invert" in filtered) == theme.endswith("Dark")
    lab.page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    lab.root().get_by_role("button", name="More controls").click()


@pytest.mark.parametrize("width", [700, 1000, 1300])
def test_nothing_is_cut_at_any_width(lab, width):
    lab.after(lambda: lab.run("explorer.selected_ids = list(stats.index[:12])"))
    before = lab.page.viewport_size
    lab.page.set_viewport_size({"width": width, "height": 1800})
    lab.page.wait_for_function("width => window.innerWidth === width", arg=width)
    lab.settle()
    cut = lab.page.evaluate(
        """() => [...document.querySelectorAll('.lx-root, .lx-root .lx-scroll, .lx-root .lx-chart, .lx-root .lx-code pre')]
          .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className)"""
    )
    lab.page.set_viewport_size(before)
    assert cut == []


def test_a_flood_of_changes_is_not_drawn_one_by_one(lab):
    before = lab.draws()
    lab.page.evaluate(
        """async () => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const futures = [];
          for (let i = 1; i <= 60; i++) {
            futures.push(kernel.requestExecute({code: `explorer.min_sends = ${10 * i}`, store_history: false}));
            await new Promise(done => setTimeout(done, 1000 / 60));
          }
          await Promise.all(futures.map(each => each.done));
        }"""
    )
    lab.run("assert explorer.wait(10)")
    lab.settle()
    assert lab.draws() - before <= 30
    large = int((portfolio()["sent_count"] >= 600).sum())
    assert lab.status().startswith(f"{large} of 200 campaigns: ")


def test_pyplot_and_the_explorer_do_not_disturb_each_other(lab):
    code = """
import io, threading, matplotlib.pyplot as plt
def mine():
    figure = plt.figure(figsize=(4, 3)); plt.plot([0, 1, 2], [0, 1, 4], "o-"); plt.title("mine")
    buffer = io.BytesIO(); figure.savefig(buffer, format="raw", dpi=72); plt.close(figure)
    return buffer.getvalue()
alone = mine()
explorer.wait(); quiet = {}
for metric in ("open_rate", "reply_rate"):
    explorer.metric = metric; explorer.wait(); quiet[metric] = explorer._parts["chart"].value
same = []
for i in range(30):
    explorer.metric = ("open_rate", "reply_rate")[i % 2]
    same.append(mine() == alone)
explorer.wait()
print(all(same), explorer._parts["chart"].value == quiet[explorer.metric], len(plt.get_fignums()))
"""
    assert lab.run(code).strip() == "True True 0"


def test_a_change_while_a_cell_runs_is_neither_lost_nor_doubled(lab):
    lab.page.evaluate(
        """() => { window.busy = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute(
          {code: 'import time; told = []; explorer.observe(lambda change: told.append(change.new), "metric"); time.sleep(3)'}).done; }"""
    )
    lab.page.wait_for_timeout(400)
    lab.field("Metric").select_option(label="Open rate")
    lab.page.evaluate("() => window.busy.then(() => null)")
    lab.page.wait_for_selector(".lx-root table[data-metric=open_rate]", timeout=10_000)
    lab.settle()
    assert lab.ask("told") == ["open_rate"]


def test_nothing_leaves_this_machine(lab):
    assert [
        url for url in lab.requests if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
    ] == []
    assert lab.page_errors() == []


def test_close_frees_every_model(lab):
    assert (
        lab.run(
            "from ipywidgets.widgets.widget import _instances\nbefore = set(_instances)\n"
            "for _ in range(3):\n    more = leadlex_pandas.explore(stats, history=None)\n    more.metric = 'open_rate'\n    more.wait()\n    more.close()\n"
            "print(set(_instances) == before)"
        ).strip()
        == "True"
    )
