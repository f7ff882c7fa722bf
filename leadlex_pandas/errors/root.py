"""What every error is, and what it carries away from a read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


class LeadlexError(Exception):
    """Raised for anything that goes wrong in leadlex_pandas; catch it to catch all of them.

    Attributes
    ----------
    stats : pandas.DataFrame or None
        On an error that leaves a read: the rows read until then, as `read_stats` would have returned them.
    failures : Mapping[str, LeadlexError]
        On an error that leaves a read: the campaigns that failed, with the reason of each.

    Examples
    --------
    >>> import leadlex_pandas
    >>> try:
    ...     leadlex_pandas.read_stats("cmp_abc123", api_key=" ")
    ... except leadlex_pandas.LeadlexError as error:
    ...     print(type(error).__name__)
    MissingKeyError
    """

    stats: DataFrame | None = None
    failures: Mapping[str, LeadlexError] = MappingProxyType({})
