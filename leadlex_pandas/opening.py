"""What is loaded at the first use of it: the names of the package, and `df.leadlex`."""

from __future__ import annotations

from typing import Any

import pandas as pd


def find(name: str) -> object:
    """Load the part of the package that a public name is in, and give what it names."""
    home: Any
    match name:
        case "History":
            from . import history as home
        case "Client":
            from . import client as home
        case "explore":
            from . import explorer as home
        case "from_frame" | "read_accounts" | "read_campaigns" | "read_stats":
            from . import reader as home
        case "Benchmark" | "list_benchmarks" | "load_benchmark":
            from . import reference as home
        case "plotting":
            import leadlex_pandas.plotting

            return leadlex_pandas.plotting
        case "stats":
            import leadlex_pandas.stats

            return leadlex_pandas.stats
        case _:
            from . import verbs as home
    return getattr(home, name)


class _Accessor:
    """Stands in for `LeadlexAccessor`: the class on the class, for documentation tools, and a bound one on a frame."""

    def __get__(self, instance: pd.DataFrame | None, owner: type[pd.DataFrame]) -> object:
        from .accessor import LeadlexAccessor

        return LeadlexAccessor if instance is None else LeadlexAccessor(instance)


pd.api.extensions.register_dataframe_accessor("leadlex")(_Accessor)  # so that pandas knows of it, for Tab
pd.DataFrame.leadlex = _Accessor()  # type: ignore[attr-defined]
