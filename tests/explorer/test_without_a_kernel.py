"""What is left of the explorer in a stored notebook: opened again, not trusted, or turned into a page."""

import json
import subprocess
import sys

import pytest

from tests.explorer.frames import NASTY
from tests.explorer.notebooks import PORTFOLIO

pytestmark = pytest.mark.browser

STATIC = "text=Static view of when the cell ran: run it for the interactive one."


@pytest.fixture(scope="module")
def stored(pages, jupyter):
    """A notebook that was run and stored, by way of its file."""
    opened = pages("lab", "stored.ipynb", PORTFOLIO)
    assert not opened.page.locator(STATIC).is_visible()  # a live page hides it
    opened.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    path = jupyter.notebooks / "stored.ipynb"
    opened.page.wait_for_function(
        """async () => (await (await fetch('/api/contents/stored.ipynb')).json()).content.cells[0].outputs.length"""
    )
    opened.close()  # and with it the kernel
    return path


@pytest.fixture(scope="module")
def foreign(stored):
    """The same from somebody else: with one word of difference, nobody here has ever run it."""
    document = json.loads(stored.read_text())
    document["metadata"]["author"] = "somebody else"
    path = stored.with_name("foreign.ipynb")
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
@pytest.mark.parametrize("which", ["stored", "foreign"])
def test_it_shows_table_and_picture_when_it_is_opened(which, front_end, chromium, jupyter, request):
    path = request.getfixturevalue(which)
    page = chromium.new_page()
    page.goto(jupyter.address(front_end, path.name))
    page.wait_for_selector(STATIC, timeout=30_000)
    page.wait_for_timeout(1000)  # by then the front end has looked for the page in vain
    output = page.locator(".jp-OutputArea-output", has=page.locator("table"))
    assert output.locator("tbody tr").count() == 25
    image = output.locator("img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1296
    assert image.get_attribute("alt").startswith("Funnel chart")
    assert [found.is_visible() for found in page.locator("text=model not found").all()] in ([], [False])
    names = [cell.text_content() for cell in output.locator("tbody tr td:first-child").all()]
    assert {NASTY[name] for name in ("html", "emoji", "long", "formula")} <= set(names)
    widest = output.locator("table").evaluate("table => table.scrollWidth")
    assert widest <= output.evaluate("output => output.clientWidth") + 1
    assert "hacked" not in page.title()
    page.close()


def test_as_a_page_it_shows_the_same_and_asks_for_nothing(stored, chromium):
    """What the page of nbconvert asks for by itself, it asks for with an empty notebook too."""
    page, asked = converted(stored, chromium)
    assert page.locator(STATIC).is_visible()
    assert page.locator(".jp-OutputArea-output table tbody tr").count() == 25
    assert page.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1296
    page.close()
    document = json.loads(stored.read_text())
    for cell in document["cells"]:
        cell["outputs"] = []
    bare = stored.with_name("bare.ipynb")
    bare.write_text(json.dumps(document))
    page, by_itself = converted(bare, chromium)
    page.close()
    assert asked <= by_itself


def converted(path, chromium):
    """Open a notebook as nbconvert writes it, and tell what it asks for."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", str(path)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    page, asked = chromium.new_page(), set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(path.with_suffix(".html").as_uri())
    return page, {url for url in asked if url.startswith("http")}
