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


def starter_html() -> str:
    """Write an empty image that runs the handler once, so that keys and focus are looked after from the beginning."""
    return f'<img class="lx-starter" hidden alt="" src="{_NOTHING}" onload="{handler()}">'


def live(content: str) -> str:
    """Wrap a part of the page so that its buttons answer."""
    return f'<div onclick="{handler()}" onkeyup="{handler()}">{content}</div>'
