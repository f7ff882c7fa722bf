"""Make the pictures of explorer.md: `python docs/explorer_screenshots.py`, in the environment of the tests."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.explorer.jupyter import Jupyter, Opened, browser_path  # noqa: E402

CELL = """
import warnings
import leadlex_pandas
from leadlex_pandas import sandbox
warnings.simplefilter("ignore")
server = sandbox.start()
stats = leadlex_pandas.read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)
explorer = stats.leadlex.explore(api_key=server.api_key, base_url=server.url)
explorer
"""
WIDE, NARROW = 1180, 700
DARK = "() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"


def main() -> None:
    """Take all three."""
    jupyter = Jupyter(tempfile.mkdtemp())
    try:
        jupyter.add("explorer.ipynb", CELL)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
            for name, width, dark in (("light", WIDE, False), ("narrow", NARROW, False), ("dark", WIDE, True)):
                take(browser, jupyter, name, width, dark)
            browser.close()
    finally:
        jupyter.stop()


def take(browser: Browser, jupyter: Jupyter, name: str, width: int, dark: bool) -> None:
    """Open a fresh page, select a campaign, and keep what is seen."""
    page = browser.new_context(viewport={"width": width, "height": 2600}).new_page()
    opened = Opened(page, jupyter, "voila" if width == NARROW else "lab", "explorer.ipynb").run_all()
    opened.settle()
    opened.after(lambda: opened.root().locator("tbody th button").nth(1).click())
    if dark:
        page.evaluate(DARK)
        page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
        opened.settle()
    opened.root().screenshot(path=ROOT / "docs" / "images" / f"explorer-{name}.png")
    opened.close()


if __name__ == "__main__":
    main()
