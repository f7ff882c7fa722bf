"""Files on demand, and what is left of the explorer where no kernel runs."""

from __future__ import annotations

import base64

from ..spreadsheets import harmless
from .derive import PAGE, View
from .pictures import Picture
from .tables import caption, cells, common, count_titles, remarks_of
from .texts import breaking, html, status_text


def csv_bytes(view: View) -> bytes:
    """Write the view as CSV for spreadsheets: a text that one would take for a formula gets a ' in front."""
    return harmless(view.shown, index=True).to_csv().encode("utf-8-sig")  # the mark tells Excel what it reads


def data_uri(content: bytes, kind: str) -> str:
    """Write a file as an address, so that a page needs nothing from elsewhere."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def link_html(content: bytes, kind: str, name: str) -> str:
    """Write the link that saves a file."""
    size = f"{max(len(content) / 1024, 1):,.0f} KiB"
    address = data_uri(content, kind)
    return f'<a class="lx-download" download="{html(name)}" href="{address}">Save {html(name)} ({size})</a>'


def static_html(view: View | None, picture: Picture | None) -> str:
    """Write what a notebook shows without a kernel: a plain table and picture, as untrusted ones keep them."""
    head = "<p>Static view of when the cell ran: run it for the interactive one.</p>"
    if view is None or not len(view.data):
        return f"{head}<p>No campaigns have been read.</p>"
    more = f"<p>The first {PAGE} of {len(view.places):,} rows.</p>" if len(view.places) > PAGE else ""
    return f"{head}<p>{html(status_text(view))}</p>{static_picture(picture)}{static_table(view)}{more}"


def static_table(view: View) -> str:
    """Write the first rows as a table without anything that an untrusted notebook would drop."""
    places = view.places[:PAGE]
    rows, remarks = view.plain.iloc[places], remarks_of(view, places)
    titles = ["Campaign", *count_titles(view), "Rate", "Limits", "Sends needed", "Verdict"]
    columns = [
        view.names_of(places),
        *zip(*(map(_unbroken, cells(row)) for row in rows.to_dict("records")), strict=True),
        rows["verdict"],
    ]
    if any(remarks):
        titles, columns = [*titles, "Caveats"], [*columns, remarks]
    heads = "".join(f"<th>{html(title)}</th>" for title in titles)
    body = "".join(
        f"<tr>{''.join(f'<td>{breaking(each)}</td>' for each in row)}</tr>" for row in zip(*columns, strict=True)
    )
    return (
        f"<table><caption>{html(caption(view))}.{html(common(view))}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def static_picture(picture: Picture | None) -> str:
    """Write the chart as an image that carries itself."""
    if picture is None or not picture.png:
        return ""
    return f'<p><img alt="{html(picture.alt)}" width="{picture.width}" src="{data_uri(picture.png, "image/png")}"></p>'
