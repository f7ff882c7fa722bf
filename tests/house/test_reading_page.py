"""The page on reading names every option of every reader, and no other; its table of tasks leads to its sections."""

import inspect
import re
from pathlib import Path

import leadlex_pandas

PAGE = (Path(__file__).parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")
READS = {"read_stats", "read_campaigns", "read_accounts"}
TOGETHER = {"all": READS | {"Client"}, "all reads": READS}
FIRST = {"ids", "accounts"}  # what is read is no option


def promised():
    """Reader and option, as the table at the end of the page says."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE.partition("## Every option")[2], re.MULTILINE)
    return {(reader, option) for option, of in rows for reader in TOGETHER.get(of, re.findall(r"`(\w+)`", of))}


def test_every_option_stands_there():
    signatures = {reader: inspect.signature(getattr(leadlex_pandas, reader)) for reader in TOGETHER["all"]}
    taken = {(reader, option) for reader, signature in signatures.items() for option in signature.parameters}
    assert promised() == {(reader, option) for reader, option in taken if option not in FIRST}


def test_every_task_leads_to_its_section():
    links = re.findall(r"^\| .* \| \[(.+)\]\(#(.+)\) \|$", PAGE, re.MULTILINE)
    sections = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert [title for title, _ in links] == sections
    assert [
        anchor for title, anchor in links if anchor != re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
    ] == []
