"""What the page needs beside its contents: how it looks in light and dark, and the one handler of its buttons."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

_HERE = Path(__file__).parent
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="  # a picture of one clear pixel


@cache
def style_html() -> str:
    """Write the rules of `page.css`, which the notebook keeps with the page: nothing is fetched."""
    return f"<style>{(_HERE / 'page.css').read_text(encoding='utf-8')}</style>"


@cache
def handler() -> str:
    """Give `page.js` as the text of an attribute."""
    lines = (_HERE / "page.js").read_text(encoding="utf-8").splitlines()
    return escape(" ".join(line.strip() for line in lines if not line.startswith("//")), quote=True)


def spare_html(content: str, model: str) -> str:
    """Wrap what stands below the page for where no kernel runs: hidden by a live page, and hiding a dead one.

    JupyterLab keeps a place for the page of a stored notebook, with nothing but "model not found" in it.
    """
    dead = (
        ".jp-OutputArea-child:has(+ .jp-OutputArea-child .lx-static) .jp-OutputArea-output.jupyter-widgets:not(:has(*))"
    )
    return f'<style>{dead}{{display:none}}</style><div class="lx-static lx-static-{model}">{content}</div>'


def hiding_html(model: str) -> str:
    """Write the rule by which a live page hides what stands below it for where no kernel runs."""
    return f"<style>.lx-static-{model}{{display:none}}</style>"


def starter_html() -> str:
    """Write an empty image that runs the handler once, so that keys and focus are looked after from the beginning."""
    return f'<img class="lx-starter" hidden alt="" src="{_NOTHING}" onload="{handler()}">'


def live(content: str) -> str:
    """Wrap a part of the page so that its buttons answer."""
    return f'<div onclick="{handler()}" onkeyup="{handler()}">{content}</div>'
