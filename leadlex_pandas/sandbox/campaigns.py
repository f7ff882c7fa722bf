"""What the service knows of each campaign beside its counts: settings, steps, contacts.

Draws come from streams of their own, so that nothing here can change a portfolio.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np

from .answers import EXAMPLE, EXAMPLE_ID
from .contacts import Contacts, timestamp
from .growing import Growth
from .people import LETTERS
from .portfolio import Portfolio

__all__ = ["CAMPAIGN_STATUSES", "Campaign", "campaigns_of"]

CAMPAIGN_STATUSES = ("draft", "active", "paused", "completed")

_STATUSES, _SETTINGS, _CONTACTS, _GROWTH = 29, 31, 37, 41  # the streams
_FIRST_DAY = datetime(2025, 1, 6, 7)
_CREATED = {"completed": (0, 240), "active": (200, 320), "paused": (200, 320), "draft": (320, 340)}  # days later
_ACTIVE = (0.35, 0.6)  # share of the active campaigns
_OPEN = (0.05, 0.3)  # share of the contacts without a reaction whose sequence has not ended
_PENDING = (3, 25)
_EXAMPLE_TEXTS = {
    "label": "Spring outreach, mid-sized companies",
    "partner": "Dr. Henrike Vossbeck",
    "practice_group": "IP",
    "office": "Munich",
    "pipeline": "Hunting",
}
_EXAMPLE_STEPS, _EXAMPLE_CONTACTS = 3, 448  # 1,247 emails fit these


@dataclass(frozen=True, eq=False)
class Campaign:
    """A campaign as the service has it.

    Attributes
    ----------
    counts : Mapping[str, int]
        The six counts.
    settings : Mapping[str, Any]
        The documented fields, without its steps.
    steps : Sequence of Mapping[str, Any]
        In send order.
    contacts : Contacts
        Who is enrolled.
    growth : Growth
        How its counts came about.
    listed : bool
        Whether the list of campaigns has it.

    Examples
    --------
    >>> from leadlex_pandas.sandbox.portfolio import portfolio
    >>> campaign = campaigns_of(portfolio(3))["cmp_abc123"]
    >>> campaign.settings["status"], len(campaign.steps), campaign.listed
    ('active', 3, False)
    """

    counts: Mapping[str, int]
    settings: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    contacts: Contacts
    growth: Growth
    listed: bool = True

    def at(self, day: float) -> Campaign:
        """Give the campaign as it was on a day: its counts and its status; settings, steps and people are the last."""
        status = self.settings["status"]
        if not self.growth.has_begun(day):
            status = "draft"
        elif self.growth.is_sending(day):
            status = "active"
        return replace(self, counts=self.growth.at(day), settings={**self.settings, "status": status})


def campaigns_of(made: Portfolio) -> dict[str, Campaign]:
    """Make the campaigns of a portfolio, and the example of the service's reference.

    Parameters
    ----------
    made : Portfolio
        With its counts.

    Returns
    -------
    dict of str to Campaign
        By id, in the portfolio's order; the example, which is the same for every seed, comes last and is not listed.

    Examples
    --------
    >>> from leadlex_pandas.sandbox.portfolio import portfolio
    >>> len(campaigns_of(portfolio(3)))
    41
    """
    counts = cast("dict[str, dict[str, int]]", made.counts.to_dict("index"))
    texts = cast("dict[str, dict[str, Any]]", made.campaigns.to_dict("index"))
    statuses = _statuses(np.random.default_rng([made.seed, _STATUSES]), counts)
    # a place of 0 would be the same stream as no place: seeds are padded with zeros
    found = {
        key: _campaign((made.seed, place), key, counts[key], texts[key], statuses[key])
        for place, key in enumerate(counts, start=1)
    }
    texts_of_example = {**_EXAMPLE_TEXTS, "steps": _EXAMPLE_STEPS, "contacts": _EXAMPLE_CONTACTS}
    example = _campaign((0, len(counts) + 1), EXAMPLE_ID, EXAMPLE, texts_of_example, "active", listed=False)
    return {**found, EXAMPLE_ID: example}


def _statuses(rng: np.random.Generator, counts: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """Pause one or two of those that have sent something; the rest is active or completed."""
    sent = [key for key, each in counts.items() if each["sent_count"]]
    paused = 1 + int(2 * rng.random())
    active = int(len(sent) * _between(rng, _ACTIVE))
    statuses = ["paused"] * paused + ["active"] * active + ["completed"] * (len(sent) - paused - active)
    order = np.argsort(rng.random(len(sent)), kind="stable").tolist()
    drawn = dict(zip((sent[place] for place in order), statuses, strict=True))
    return {key: drawn.get(key, "draft") for key in counts}


def _campaign(
    seed: tuple[int, int],
    campaign_id: str,
    counts: Mapping[str, int],
    texts: Mapping[str, Any],
    status: str,
    *,
    listed: bool = True,
) -> Campaign:
    rng = np.random.default_rng([seed[0], _SETTINGS, seed[1]])
    created = _FIRST_DAY + timedelta(days=int(_between(rng, _CREATED[status])), seconds=int(36_000 * rng.random()))
    tracked = bool(counts["opened_count"] or not counts["sent_count"])
    tally = _contact_tally(rng, counts, texts["contacts"], status)
    return Campaign(
        counts=counts,
        settings={"id": campaign_id, **_settings(rng, texts, status, tracked), "created_at": timestamp(created)},
        steps=_steps(rng, texts, created),
        contacts=Contacts((seed[0], _CONTACTS, seed[1]), tally, created),
        growth=Growth((seed[0], _GROWTH, seed[1]), counts),
        listed=listed,
    )


def _settings(rng: np.random.Generator, texts: Mapping[str, Any], status: str, tracked: bool) -> dict[str, Any]:
    sender = f"{texts['partner']}, {texts['practice_group']}, {texts['office']}"
    return {
        "name": texts["label"],
        "description": f"{texts['pipeline']} campaign of {sender}.",
        "status": status,
        "daily_send_limit": _one_of(rng, (50, 75, 100, 150, 200)),
        "delay_between_emails": _one_of(rng, (30, 60, 90, 120)),
        "sending_timezone": _one_of(rng, ("Europe/Berlin", "Europe/Berlin", "Europe/Vienna", "Europe/Zurich")),
        "send_on_weekends": bool(rng.random() < 0.1),
        "track_opens": tracked,
        "track_clicks": tracked,
    }


def _steps(rng: np.random.Generator, texts: Mapping[str, Any], created: datetime) -> list[dict[str, Any]]:
    """Write the letters; as in `mailing`, a sequence ends at the reply."""
    return [
        {
            "id": str(uuid.UUID(bytes=rng.bytes(16), version=4)),
            "index": index,
            "subject": _filled(letter.subject, texts),
            "body": _filled(letter.body, texts),
            "delay_days": int(_between(rng, (2, 8))) if index else 0,
            "delay_hours": _one_of(rng, (0, 0, 4)) if index else 0,
            "send_condition": "if_no_reply" if index else "always",
            "created_at": timestamp(created + timedelta(minutes=5 * index + 1)),
        }
        for index, letter in enumerate(LETTERS[: texts["steps"]])
    ]


def _filled(text: str, texts: Mapping[str, Any]) -> str:
    return text.replace("{topic}", texts["label"]).replace("{partner}", texts["partner"])


def _contact_tally(rng: np.random.Generator, counts: Mapping[str, int], contacts: int, status: str) -> dict[str, int]:
    """Say how many contacts have which status: those reached as the counts have it, and some not yet mailed."""
    if not counts["sent_count"]:
        return {"pending": contacts}
    ended = {event: counts[f"{event}_count"] for event in ("bounced", "unsubscribed", "replied")}
    quiet = contacts - sum(ended.values())
    going = 0 if status == "completed" else round(quiet * _between(rng, _OPEN))
    paused = going if status == "paused" else going // 10
    pending = 0 if status == "completed" else int(_between(rng, _PENDING))
    return {"pending": pending, "active": going - paused, "paused": paused, "completed": quiet - going, **ended}


def _between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return low + (high - low) * float(rng.random())


def _one_of(rng: np.random.Generator, choices: tuple[Any, ...]) -> Any:
    return choices[int(rng.random() * len(choices))]
