"""Names as charts can write them: short enough, still apart from each other, and of characters that the font has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import count

LONGEST = 46  # characters of a campaign's name that are shown
_END = 18  # characters kept of the end, if there is room
_READABLE = 8  # characters that an end needs to say anything
_TOLD = 12  # characters from where names begin to differ that are shown at least
_ROUNDS = 4  # of looking for what tells names apart; names that are still alike are numbered
_BREAKS = re.compile(r"\s*[\t-\r\x1c-\x1f\x85\u2028\u2029]\s*")  # tabs and ends of lines


def drawable(text: str) -> str:
    """Write a text in one line, with a box in the place of what the font lacks: else each drawing would warn."""
    if text.isascii() and text.isprintable():
        return text
    line = _BREAKS.sub(" ", text)
    if line.isascii() and line.isprintable():
        return line
    files = _font_files()
    return "".join(each if _has_glyph(each, files) else "□" for each in line)


def _font_files() -> tuple[str, ...]:
    """Give the fonts that texts are drawn in, as the user's settings have them: one may have what another lacks."""
    from matplotlib.font_manager import FontProperties, findfont

    files = []
    for family in FontProperties().get_family():
        with suppress(ValueError):  # there is no such font
            files.append(str(findfont(FontProperties(family=[family]), fallback_to_default=False)))
    return tuple(files) or (str(findfont(FontProperties())),)


@lru_cache(4096)
def _has_glyph(character: str, files: tuple[str, ...]) -> bool:
    from matplotlib.font_manager import get_font

    return any(get_font(file).get_char_index(ord(character)) for file in files)


def shortened(name: str, longest: int = LONGEST) -> str:
    """Shorten in the middle: names that begin alike often differ at the end."""
    if len(name) <= longest:
        return name
    end = min(_END, 2 * longest // 5)
    return _cut(name, longest - end - 1, end)


def all_shortened(names: Iterable[str], longest: int = LONGEST) -> list[str]:
    """Shorten the names of one chart so that names that differ still do; names that are the same stay the same."""
    names = list(names)
    told = {name: shortened(name, longest) for name in names}
    for _ in range(_ROUNDS):
        for alike in _alike(told):
            told.update(_apart(alike, longest))
    used = set(told.values())
    for _, *others in _alike(told):
        for name in (name for name in others if len(name) > longest):
            told[name] = _numbered(name, longest, used)
            used.add(told[name])
    return [told[name] for name in names]


def _alike(told: dict[str, str]) -> list[list[str]]:
    """Give the groups of different names that would be written the same, the shortest name of each first."""
    groups = defaultdict(list)
    for name, text in told.items():
        groups[text].append(name)
    return [sorted(names, key=len) for names in groups.values() if len(names) > 1]


def _apart(alike: Sequence[str], longest: int) -> dict[str, str]:
    """Cut names where they are alike, and keep where they begin to differ."""
    begin = _same(alike)
    same = _same([name[begin:][::-1] for name in alike])
    return {
        name: _around(name, begin, max(begin, min(len(name) - same, begin + _TOLD)), longest)
        for name in alike if len(name) > longest
    }  # fmt: skip


def _same(texts: Sequence[str]) -> int:
    """Count the characters that texts begin with alike."""
    first, last = min(texts), max(texts)
    return next((place for place, each in enumerate(first) if each != last[place]), len(first))


def _around(name: str, begin: int, stop: int, longest: int) -> str:
    """Cut a name so that it keeps what is from `begin` to `stop`, to the end of the word there."""
    space = name.find(" ", stop, stop + _TOLD)
    stop = min(space if space >= 0 else stop, len(name))
    if stop < longest:  # from its beginning
        end = min(_END, longest - 1 - stop)
        end = end if end >= _READABLE else 0
        return _cut(name, longest - 1 - end, end)
    if len(name) - begin < longest - 1:  # to its end
        return _cut(name, longest - 1 - (len(name) - begin), len(name) - begin)
    core = name[begin : max(stop, begin + 1)][: longest - 2].strip()
    room = longest - 2 - len(core)
    return f"{name[: room - room // 2].rstrip()}…{_cut(core + name[stop:], len(core), room // 2)}"


def _cut(name: str, first: int, last: int) -> str:
    return f"{name[:first].rstrip()}…{name[len(name) - last :].lstrip()}"


def _numbered(name: str, longest: int, used: set[str]) -> str:
    """Put a number at the end, as nothing else tells names apart in so few characters."""
    marks = (f" ({number})" for number in count(2))
    texts = (shortened(name, max(longest - len(mark), 1)) + mark for mark in marks)
    return next(text for text in texts if text not in used)
