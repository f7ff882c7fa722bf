"""What is said once per process, however many tables it holds for."""

from __future__ import annotations

import warnings

from .._checks import callers_level
from ..errors import LeadlexWarning

_said: set[type[LeadlexWarning]] = set()


def warn_once(text: str, category: type[LeadlexWarning]) -> None:
    """Warn at the caller's line, the first time only; `text` says the rest of the sentence."""
    if category in _said:
        return
    _said.add(category)
    warnings.warn(f"{text} This is said once per process.", category, stacklevel=callers_level())
