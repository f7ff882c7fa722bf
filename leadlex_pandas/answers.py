"""What a right answer is: from the bytes of a body to checked values. A ValueError says what was wrong.

Nothing of a body but what is returned is kept: those of contacts hold personal data.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._checks import LARGEST_COUNT, is_path_segment
from .metrics import API_RATES, COUNTS

MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One campaign as the service told it.

    Six checked counts; its own rates, NaN where it gave none that is a number; and when, in microseconds since 1970.
    """

    counts: tuple[int, ...]
    api_rates: tuple[float, ...]
    fetched_at: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign of the list; None where nothing usable stood there."""

    campaign_id: str
    label: str | None
    status: str | None
    created_at: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list: its campaigns, how many there are in all and how many a full page has (None: not said)."""

    rows: tuple[Listed, ...]
    total: int | None
    per_page: int | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a campaign's own answer says; None where it says nothing."""

    track_opens: bool | None
    track_clicks: bool | None
    steps: int | None


def stats_of(body: bytes) -> Answer:
    """Take counts and rates out of an answer."""
    stats = _inside(body, "stats")
    counts = tuple(_checked_count(stats, name) for name in COUNTS)
    return Answer(counts, tuple(_rate(stats.get(name)) for name in API_RATES), time.time_ns() // 1000)


def page_of(body: bytes) -> Page:
    """Take the campaigns out of a page of the list. Only their ids must be there."""
    content = _content(body)
    data, meta = content.get("data"), _object(content.get("meta"))
    rows = data.get("campaigns") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise ValueError("it has no data.campaigns")
    total, told = _whole(meta.get("total")), _whole(meta.get("per_page"))
    per_page = min(told, MOST_PER_PAGE) if told else None
    return Page(tuple(_listed(row, place) for place, row in enumerate(rows)), total, per_page)


def settings_of(body: bytes) -> Settings:
    """Take the tracking settings, and the number of steps where they stand there, out of a campaign's own answer."""
    campaign = _inside(body, "campaign")
    opens, clicks = (
        value if isinstance(value := campaign.get(name), bool) else None for name in ("track_opens", "track_clicks")
    )
    steps = campaign.get("steps")
    return Settings(opens, clicks, len(steps) if isinstance(steps, list) else None)


def steps_of(body: bytes) -> int:
    """Count the steps of a campaign."""
    steps = _object(_content(body).get("data")).get("steps")
    if not isinstance(steps, list):
        raise ValueError("it has no data.steps")
    return len(steps)


def contacts_of(body: bytes) -> int:
    """Take the number of contacts out of a page of them, and nothing else."""
    total = _whole(_object(_content(body).get("meta")).get("total"))
    if total is None:
        raise ValueError("its meta.total is not a whole number from 0 to 2^53")
    return total


def codes_of(body: bytes | None) -> Iterator[object]:
    """Look for the service's code of an error at error.code, error and code."""
    try:
        content = json.loads(body or b"")
    except (ValueError, RecursionError):
        return
    if isinstance(content, dict):
        error = content.get("error")
        yield error.get("code") if isinstance(error, dict) else error
        yield content.get("code")


def _content(body: bytes) -> dict[str, Any]:
    return _object(_parsed(body))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parsed(body: bytes) -> object:
    if body.lstrip()[:1] == b"<":
        raise ValueError("it is a web page, not JSON")
    try:
        return json.loads(body.decode("utf-8-sig"))  # as bytes it would be taken in UTF-16 too, which JSON is not
    except (ValueError, RecursionError):
        pass  # out here the error would carry the body along
    raise ValueError("it is not JSON")


def _inside(body: bytes, name: str) -> dict[str, Any]:
    data = _object(_content(body).get("data"))
    if name not in data:
        raise ValueError(f"it has no data.{name}")
    found = data[name]
    if not isinstance(found, dict):
        raise ValueError(f"its data.{name} is not an object")
    return found


def _checked_count(stats: dict[str, Any], name: str) -> int:
    if name not in stats:
        raise ValueError(f"{name} is missing")
    count = _whole(stats[name])
    if count is None:
        raise ValueError(f"{name} is not a whole number from 0 to 2^53")
    return count


def _whole(value: object) -> int | None:
    """Take a whole number from 0 to 2^53; 3.0 is one, True is not."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return int(value) if value % 1 == 0 and 0 <= value <= LARGEST_COUNT else None


def _rate(value: object) -> float:
    """Take a rate as it came; what is not a number is no rate, and never an error."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an int beyond all floats
        return math.inf


def _listed(row: object, place: int) -> Listed:
    campaign_id = row.get("id") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(campaign_id, str) or not is_path_segment(campaign_id):
        raise ValueError(f"the id of campaign {place} on its page is not a path segment")
    return Listed(campaign_id, *(_text(row.get(name)) for name in ("name", "status", "created_at")))


def _text(value: object) -> str | None:
    """Take a text; halves of a character, as a service leaves that cuts names short, become question marks."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None
