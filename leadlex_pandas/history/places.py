"""What may be given as a history: from a path, a URL or the environment to the place that is meant."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import HistoryError, InputError

VARIABLE = "LEADLEX_HISTORY"
_EXAMPLES = 'History("stats.sqlite") or History("postgresql+psycopg://user@host/name")'
_POSTGRES = ("postgresql+psycopg", "postgresql", "postgres")
_SECRETS = ("password", "sslpassword")
_SETTINGS = re.compile(r"(^|\s)(host|hostaddr|dbname|user|password)\s*=")  # psql takes these too


@dataclass(frozen=True)
class Place:
    """Where a history is: an address for the engine, and how messages show it, without a password."""

    url: URL
    shown: str

    @property
    def file(self) -> Path | None:
        """The SQLite file, None for a server."""
        return Path(self.url.database or "") if self.url.drivername.startswith("sqlite") else None

    @property
    def has_secret(self) -> bool:
        """Whether a password stands in the address."""
        return self.url.password is not None or any(name in self.url.query for name in _SECRETS)


def find_place(given: object, where: str) -> Place:
    """Find the place that was given, or that the environment names."""
    if given is None:
        given = os.environ.get(VARIABLE, "").strip() or None
    if given is None:
        raise HistoryError(
            f"{where}: no history. Pass a file or a database, as in {_EXAMPLES}, "
            f"or set the environment variable {VARIABLE} to one."
        )
    if not isinstance(given, (str, os.PathLike)) or not (text := os.fspath(given)) or isinstance(text, bytes):
        raise InputError(f"{where}: url must be a path or a URL, as in {_EXAMPLES}, not {given!r}.")
    if _SETTINGS.search(text):  # without showing it: it may hold the password
        raise InputError(f"{where}: url must be a path or a URL, as in {_EXAMPLES}, not settings such as host=....")
    if isinstance(given, str) and "://" in text:
        return _of_url(text, where)
    return _of_file(text, where)


def _of_file(text: str, where: str, query: dict[str, str | tuple[str, ...]] | None = None) -> Place:
    if text == ":memory:" or text.startswith("file:"):
        raise InputError(
            f"{where}: url must name a file that stays, as in History('stats.sqlite'), not {text!r}. "
            "To try without one: a file in tempfile.mkdtemp()."
        )
    if "\0" in text:
        raise InputError(f"{where}: url must be a path without NUL, not {text!r}.")
    file = _expanded(Path(text))
    if not file.absolute().parent.is_dir():
        raise HistoryError(
            f"{where}: there is no folder {str(file.parent)!r} for {file.name}. Make it, or give another path."
        )
    if file.is_dir():
        raise HistoryError(f"{where}: {text!r} is a folder. Give a file in it, as in {str(file / 'stats.sqlite')!r}.")
    return Place(URL.create("sqlite", database=str(file.absolute()), query=query or {}), text)


def _expanded(path: Path) -> Path:
    """Put in the home folder for ~; of a user who is not there, ~name is a name like any other."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _checked_query(url: URL, where: str) -> dict[str, str | tuple[str, ...]]:
    """Allow what is understood: how many seconds a lock is waited for."""
    wrong = [name for name in url.query if name != "timeout"]
    if not wrong and re.fullmatch(r"\d+(\.\d+)?", str(url.query.get("timeout", "0"))):
        return dict(url.query)
    raise InputError(
        f"{where}: after the file name only ?timeout=SECONDS is understood, as in 'sqlite:///stats.sqlite?timeout=5', "
        f"not {url.render_as_string().partition('?')[2]!r}."
    )


def _of_url(text: str, where: str) -> Place:
    scheme = text.partition("://")[0]
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # its text might hold the password
        url = None
    if url is None or url.drivername not in ("sqlite", "sqlite+pysqlite", *_POSTGRES):
        raise InputError(
            f"{where}: url must begin with sqlite:/// or postgresql+psycopg://, as in {_EXAMPLES}; "
            f"the one given, {scheme}://..., does not, or cannot be read."
        )
    if url.drivername.startswith("sqlite"):
        return _of_file(url.database or ":memory:", where, _checked_query(url, where))
    url = url.set(drivername=_POSTGRES[0])
    masked = url.update_query_dict({name: "***" for name in _SECRETS if name in url.query})
    return Place(url, masked.render_as_string(hide_password=True))
