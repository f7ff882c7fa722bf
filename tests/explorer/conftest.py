"""The browser and the server that the tests of the page share; what a failed test saw is kept."""

import os
from pathlib import Path

import pytest

from tests.explorer.jupyter import Jupyter, Opened, browser_path

KEPT = Path(os.environ.get("LEADLEX_BROWSER_FAILURES") or Path(__file__).parents[2] / "build" / "browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed_in_call = report.failed
    return report


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    server = Jupyter(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture(scope="module")  # not longer: as long as it runs, nothing else in the process may use asyncio
def chromium():
    path = browser_path()
    if path is None:
        reason = "no Chromium: install Debian's package chromium, or name one in LEADLEX_BROWSER"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(chromium, jupyter):
    """Opens notebooks: `pages(front_end, name, *cells)`; the same again gives the page that is open already."""
    found = {}

    def opened(front_end, name, *cells, run=True):
        if (front_end, name) not in found:
            jupyter.add(name, *cells)
            context = chromium.new_context(viewport={"width": 1300, "height": 1800}, accept_downloads=True)
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=jupyter.url)
            page = Opened(context.new_page(), jupyter, front_end, name)
            found[front_end, name] = page.run_all() if run else page
            page.settle() if run else None
        return found[front_end, name]

    opened.found = found
    yield opened
    for page in found.values():
        page.close()


@pytest.fixture(autouse=True)
def kept_on_failure(request):
    """Keep a picture, the page and the server's log of a test that failed."""
    yield
    if not getattr(request.node, "failed_in_call", False) or "pages" not in request.fixturenames:
        return
    opened = [page for page in request.getfixturevalue("pages").found.values() if not page.page.is_closed()]
    KEPT.mkdir(parents=True, exist_ok=True)
    name = "".join(each if each.isalnum() else "-" for each in request.node.name)
    for number, each in enumerate(opened):
        each.page.screenshot(path=KEPT / f"{name}-{number}.png", full_page=True)
        (KEPT / f"{name}-{number}.html").write_text(each.page.content(), encoding="utf-8")
    log = request.getfixturevalue("jupyter").log
    (KEPT / f"{name}.log").write_bytes(log.read_bytes())
