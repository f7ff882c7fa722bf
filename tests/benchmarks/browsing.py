"""One change of the metric in JupyterLab, in a real browser, beside a bare swap of as much HTML in the same page."""

from __future__ import annotations

import os
import statistics
import tempfile

from report import Row

from tests.explorer.jupyter import Jupyter, Opened, browser_path

_CHANGES = 8
_NOTEBOOK = """
import warnings
warnings.simplefilter("ignore")
import ipywidgets, leadlex_pandas
from tests.explorer.frames import portfolio
explorer = leadlex_pandas.explore(portfolio({campaigns}))
explorer
"""
# what the explorer shows of two metrics, kept, so that a swap of the same bytes needs no work in the kernel
_BARE = """
pages = {}
for metric in ("open_rate", "reply_rate"):
    explorer.metric = metric
    explorer.wait()
    pages[metric] = "".join(explorer._parts[part].value for part in ("chart", "table", "code"))
bare, which = ipywidgets.HTML(pages["reply_rate"]), ipywidgets.Dropdown(options=list(pages), value="reply_rate")
bare.add_class("bare")
which.add_class("which")
which.observe(lambda change: setattr(bare, "value", pages[change.new]), "value")
ipywidgets.VBox([which, bare])
"""
_TIMED = r"""async ([field, shown, names, changes]) => {
  const select = document.querySelector(field), took = [];
  const frame = () => new Promise(done => requestAnimationFrame(done));
  for (let i = 0; i < changes; i++) {
    const metric = i % 2 ? 'reply_rate' : 'open_rate';
    await new Promise(done => setTimeout(done, 300));
    const begin = performance.now();
    select.selectedIndex = [...select.options].findIndex(each => names[metric].includes(each.textContent.replace(/\u00a0/g, ' ')));
    select.dispatchEvent(new Event('change', {bubbles: true}));
    const before = document.querySelector(shown + ' img.lx-image').src;
    const there = () => document.querySelector(shown + ' table.lx-table').dataset.metric === metric
      && document.querySelector(shown + ' img.lx-image').src !== before;
    while (!there() && performance.now() - begin < 20000) await new Promise(done => setTimeout(done, 2));
    await document.querySelector(shown + ' img.lx-image').decode();
    await frame();
    await frame();
    took.push(performance.now() - begin);
  }
  return took;
}"""
_NAMES = {"open_rate": ["Open rate", "open_rate"], "reply_rate": ["Reply rate", "reply_rate"]}


def run(short: bool) -> list[Row]:
    """Time changes in the page, at 200 campaigns and at 10,000 (3,000 when short)."""
    if browser_path() is None:
        missing = bool(os.environ.get("REQUIRE_BROWSER"))
        return [Row("explorer, a change in the page", "no Chromium", "", False if missing else None)]
    from playwright.sync_api import sync_playwright

    large = 3_000 if short else 10_000
    jupyter = Jupyter(tempfile.mkdtemp())
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
            few, many = (_measured(browser, jupyter, campaigns) for campaigns in (200, large))
            browser.close()
    finally:
        jupyter.stop()
    name = "explorer, a change in the page at {:,} campaigns / a bare swap of as much HTML"
    return [Row(name.format(200), few, "3 at most"), Row(name.format(large), many, "5 at most")]


def _measured(browser: object, jupyter: Jupyter, campaigns: int) -> str:
    name = jupyter.add(f"page-{campaigns}.ipynb", _NOTEBOOK.format(campaigns=campaigns), _BARE)
    page = browser.new_context(viewport={"width": 1300, "height": 2400}).new_page()
    opened = Opened(page, jupyter, "lab", name).run_all()
    page.wait_for_selector(".bare table")
    opened.settle()
    ours, bare = (
        statistics.median(page.evaluate(_TIMED, [field, shown, _NAMES, _CHANGES]))
        for field, shown in ((".lx-root select", ".lx-root"), (".which select", ".bare"))
    )
    opened.close()
    return f"{ours / bare:.2f} ({ours:.0f} ms / {bare:.0f} ms)"
