"""One campaign, mailed email by email: who opens, clicks, replies, bounces, unsubscribes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

__all__ = ["Tally", "mail"]

_BOUNCE_FIRST, _BOUNCE_LATER = 0.01, 0.001  # a dead address shows at once
_UNSUBSCRIBE = 0.002
_OPEN_SHAPE = 9 / 11  # Beta(9/11, 1) has mean 0.45; at its power a uniform draw is one of it
_CLICKS_PER_OPEN = (0.10, 0.20)


@dataclass
class Tally:
    """What came of a mailing.

    Attributes
    ----------
    sent, opened, clicked, replied, bounced, unsubscribed : int
        The counts, as the service defines them.
    contacts : int
        Recipients who were sent at least one email.

    Examples
    --------
    >>> Tally(sent=3, contacts=2).replied
    0
    """

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    bounced: int = 0
    unsubscribed: int = 0
    contacts: int = 0


def mail(rng: np.random.Generator, *, sends: int, steps: int, reply_rate: float) -> Tally:
    """Mail contacts one after another until `sends` emails are out.

    Each email is independently answered with probability `reply_rate`, so the replies are exactly binomial given the
    sends. A contact's sequence ends at the reply, bounce or unsubscribe, or after `steps` emails.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from. Only uniform draws are made, which numpy keeps the same between its versions.
    sends : int
        Emails to send in all.
    steps : int
        Emails to a contact who does not react.
    reply_rate : float
        Expected replies per email.

    Returns
    -------
    Tally
        The counts.

    Examples
    --------
    >>> import numpy as np
    >>> tally = mail(np.random.default_rng(0), sends=100, steps=4, reply_rate=0.04)
    >>> tally.sent, tally.contacts <= 100 <= 4 * tally.contacts
    (100, True)
    """
    low, high = _CLICKS_PER_OPEN
    click_rate = low + (high - low) * float(rng.random())
    draws = iter(rng.random((sends, 4)).tolist())
    tally = Tally()
    while tally.sent < sends:
        _mail_contact(tally, islice(draws, steps), reply_rate, click_rate)
    return tally


def _mail_contact(tally: Tally, draws: Iterator[list[float]], reply_rate: float, click_rate: float) -> None:
    tally.contacts += 1
    propensity = 0.0
    for step, (fate, opening, clicking, person) in enumerate(draws):
        if step == 0:  # one propensity per person: opens of one recipient in several steps are alike
            propensity = person ** (1 / _OPEN_SHAPE)
        tally.sent += 1
        event = _event(fate, reply_rate, first=step == 0)
        if event != "bounced" and opening < propensity:
            tally.opened += 1
            tally.clicked += clicking < click_rate
        if event:
            setattr(tally, event, getattr(tally, event) + 1)
            return


def _event(fate: float, reply_rate: float, *, first: bool) -> str:
    """Say how an email ended the sequence, or ''."""
    if fate < reply_rate:
        return "replied"
    rest = (fate - reply_rate) / (1 - reply_rate)  # uniform again, given that there was no reply
    bounce = _BOUNCE_FIRST if first else _BOUNCE_LATER
    if rest < bounce:
        return "bounced"
    return "unsubscribed" if rest < bounce + _UNSUBSCRIBE else ""
