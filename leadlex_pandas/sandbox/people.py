"""Whom the invented firm writes to, and what. Data only: no such person, company or letter exists."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMPANIES", "FIRST_NAMES", "LAST_NAMES", "LETTERS", "Letter"]


class Letter(NamedTuple):
    """The email of a step; `{topic}` and `{partner}` are the campaign's, the rest the service fills in.

    Attributes
    ----------
    subject, body : str
        As they stand in the campaign.

    Examples
    --------
    >>> LETTERS[0].subject
    '{topic}'
    """

    subject: str
    body: str


FIRST_NAMES = (
    "Amelie", "Bastian", "Carlotta", "Dorian", "Elin", "Florentin", "Gesa", "Hanno", "Ilka", "Jasper", "Katinka",
    "Lorenz", "Maren", "Niklas", "Ottilie", "Pirmin", "Ronja", "Severin", "Tomke", "Valentin", "Wiebke", "Yannick",
)  # fmt: skip
LAST_NAMES = (
    "Achterfeld", "Birkholt", "Corvensiek", "Dornquast", "Eichwedel", "Fahrenwisch", "Grotenrath", "Hallstedde",
    "Immelbrink", "Jarnwold", "Kestenfeld", "Lohwasser", "Mittenzwey", "Nordquell", "Ohlendamm", "Pfefferrath",
    "Quastenberg", "Rosenhagel", "Seltenreich", "Trautwedel", "Uhlenbrook", "Wildenroth",
)  # fmt: skip
COMPANIES = (
    "Alsterkontor", "Brennfeld Antriebe", "Donaulicht", "Eichgrund Medizintechnik", "Falkenried Logistik",
    "Greifenhall", "Heidestrom", "Isarwerk", "Jadeport", "Kronfeld Maschinen", "Lindholz", "Moorgold Textil",
    "Nebelhorn Software", "Oderblick", "Pappelhof", "Querbach Chemie", "Rheinfaden", "Sturmweide Energie",
)  # fmt: skip

LETTERS = (
    Letter(
        "{topic}",
        "Dear {{first_name}} {{last_name}},\n\nmay I point {{company}} to this: {topic}.\n\nKind regards\n{partner}",
    ),
    Letter(
        "Re: {topic}",
        "Dear {{first_name}} {{last_name}},\n\nthree points that clients ask about most.\n\nKind regards\n{partner}",
    ),
    Letter(
        "Fifteen minutes for {{company}}?",
        "Dear {{first_name}} {{last_name}},\n\nwould a short call next week suit you?\n\nKind regards\n{partner}",
    ),
    Letter(
        "A checklist, in case it helps",
        "Dear {{first_name}} {{last_name}},\n\nour checklist is one page long.\n\nKind regards\n{partner}",
    ),
    Letter(
        "Should I close the file?",
        "Dear {{first_name}} {{last_name}},\n\nthis is my last note on the matter.\n\nKind regards\n{partner}",
    ),
)
