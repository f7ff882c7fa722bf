"""The small parts of the page: what is selected, the code, the counts, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable

from .code import code_text
from .derive import View
from .texts import html, message

_CHIPS = 8  # selected campaigns that are named below the chart
EMPTY = (
    "<h3>No campaigns yet</h3><p>Read some and open the explorer on them:</p>"
    "<pre>leadlex_pandas.explore(leadlex_pandas.read_campaigns())</pre>"
)


def status_html(told: str, draws: int, *, reading: bool) -> str:
    """Write the counts where screen readers announce them; `draws` tells that something was redrawn."""
    return (
        f'<div role="status" class="lx-status" data-draws="{draws}" data-reading="{str(reading).lower()}">'
        f"{html(told)}</div>"
    )


def alert_html(problems: Iterable[str]) -> str:
    """Write what went wrong where screen readers say it at once."""
    told = [html(each) for each in problems if each]
    return f'<div role="alert" class="lx-alert">{"<br>".join(told)}</div>' if told else ""


def chosen_html(shown: View) -> str:
    """Name what is selected, to be deselected one by one or all."""
    if not len(shown.selected):
        return ""
    named = shown.selected[:_CHIPS]
    chips = "".join(
        f'<button type="button" class="lx-button" title="Deselect" {message("select", shown.keys[place])}>'
        f"<bdi>{html(name)}</bdi></button>"
        for place, name in zip(named, shown.names_of(named), strict=True)
    )
    more = f"<span>and {len(shown.selected) - _CHIPS:,} more</span>" if len(shown.selected) > _CHIPS else ""
    clear = f'<button type="button" class="lx-button" {message("clear")}>Clear selection</button>'
    return f'<div class="lx-selected"><span>Selected:</span>{chips}{more}{clear}</div>'


def code_html(shown: View) -> str:
    """Write the code of the view, to be copied."""
    return (
        '<div class="lx-code"><span>Code for this view (stats is the frame, explorer.data): </span>'
        f'<button type="button" class="lx-button" {message("copy")}>Copy code</button>'
        f"<pre>{html(code_text(shown))}</pre></div>"
    )
