"""The sentences of the explorer, and what makes any text safe inside a page."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from ..errors import (
    DeadlineExceededError,
    InvalidKeyError,
    LeadlexError,
    MissingKeyError,
    MissingPermissionError,
    QuotaExhaustedError,
    RateLimitError,
    local_and_utc,
)
from ..metrics import percent
from ..plotting.data import words
from ..reference import Benchmark
from .derive import View, filters

SHAPES = {
    "above": "▲",
    "below": "▼",
    "typical": "●",
    "near the edge": "◆",
    "too few sends": "○",
    "no comparison": "□",
    "not a proportion": "✕",
    "no data": "–",
}
_LONG = 30  # characters, after which a word may be broken where nothing else tells
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # Unicode's Cc and Cs, but for line feeds
_OF_ONE = re.compile(r"^campaign '[^']*': ")  # what ended a read of many is not about the one it happened to
_LISTED = 8  # campaigns named in an alert


def html(text: object) -> str:
    """Write any text so that a page shows it literally; control characters become spaces."""
    return escape(_CONTROL.sub(" ", str(text)), quote=True)


def breaking(text: object) -> str:
    """Write a text for a page without rules of ours, which may break long words of it."""
    words = re.split(rf"(\S{{{_LONG}}})", str(text))
    return "<wbr>".join(html(each) for each in words if each)


def message(*parts: Any) -> str:
    """Write the attribute with which a button says what it asks for."""
    return f'data-lx="{escape(json.dumps(parts), quote=True)}"'


def meaning_class(value: object) -> str:
    """Name the class that gives good and bad news their colours."""
    return str(value) if value in ("better", "worse") else "neutral"


def status_text(view: View) -> str:
    """Count what is shown: "42 of 80 campaigns. 5 above, 3 below"."""
    total, shown = len(view.data), len(view.places)
    number = words.campaigns(total) if shown == total else f"{shown:,} of {words.campaigns(total)}"
    counted = ", ".join(f"{count:,} {verdict}" for verdict, count in view.counts.items() if count)
    chosen = len(view.selected)
    return f"{number}{f': {counted}' if counted else ''}.{f' {chosen:,} selected.' if chosen else ''}"


def against_text(view: View) -> str:
    """Say what is compared with, and with which rate, where that is one."""
    against, by = view.table.attrs["against"], view.state["by"]
    told = words.against_text(against, by)
    rates = view.plain["benchmark"].dropna()
    if rates.empty or isinstance(against, float):
        return told
    low, high = percent(rates.min()), percent(rates.max())
    where = "" if by is None else ", beside each group"
    return f"{told} ({low}{where})" if low == high else f"{told} ({low} to {high}{where})"


def name_of(against: object) -> str:
    """Name what is compared with, for a list to choose from."""
    known = {"rest": "The rest", "pooled": "Whole portfolio", "median": "Median campaign"}
    return against.name if isinstance(against, Benchmark) else known.get(str(against), str(against))


def no_match_text(view: View) -> str:
    """Say that nothing is left, and what is to blame."""
    return f"No campaign matches: {' and '.join(filters(view.state))}." if filters(view.state) else "No campaigns."


def failures_text(failures: dict[str, LeadlexError], names: dict[str, str]) -> str:
    """Say which campaigns could not be read and why, in one sentence."""
    reasons: dict[str, int] = {}
    for error in failures.values():
        reason = _reason(error)
        reasons[reason] = reasons.get(reason, 0) + 1
    why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
    listed = [names.get(each, each) for each in list(failures)[:_LISTED]]
    more = f" and {len(failures) - _LISTED:,} more" if len(failures) > _LISTED else ""
    return f"{words.campaigns(len(failures))} could not be read: {why}. These are {', '.join(listed)}{more}."


def _reason(error: LeadlexError) -> str:
    status = getattr(error, "status", None)
    known = {404: "not found (404)", 429: "rate limited (429)"}
    if status is not None:
        return known.get(status, f"answered with {status}")
    return "without a usable answer"


def error_text(error: BaseException, *, kept: int, missing: int) -> str:
    """Explain what ended a read, what to do, and what is still shown; never a key."""
    still = f" Shown is what was read: {words.campaigns(kept)}." if kept else ""
    if isinstance(error, QuotaExhaustedError):
        back = error.quota.resets_at
        when = f" Calls come back at {local_and_utc(back)}." if back is not None else ""
        return f"The day's calls are used up, {words.campaigns(missing)} missing.{when}{still}"
    if isinstance(error, DeadlineExceededError):
        return f"The time for reading is over, {words.campaigns(missing)} missing.{still}"
    if isinstance(error, (InvalidKeyError, MissingPermissionError)):
        return f"{error.status}: {error._advice} Then open the explorer again.{still}"
    if isinstance(error, MissingKeyError):
        return f"{error}{still}"
    if isinstance(error, RateLimitError):
        return f"The service takes no more calls for now (429), {words.campaigns(missing)} missing.{still}"
    told = str(error).partition("\n")[0]
    if not isinstance(error, LeadlexError):
        return f"{type(error).__name__}: {told}{still}"
    told = _OF_ONE.sub("", told)
    return f"{told[:1].upper()}{told[1:]}{still}"
