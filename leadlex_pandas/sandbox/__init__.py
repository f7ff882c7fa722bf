"""A stand-in LeadLex on 127.0.0.1, with the campaigns of an invented law firm.

For trying the package without a key, for its demo and for its tests. It speaks HTTP as the service does and shares
no code with the rest of the package, so that the two can disagree.

Examples
--------
>>> from leadlex_pandas import sandbox
>>> with sandbox.start(seed=3) as server:
...     server.campaigns.shape
(40, 7)
"""

from __future__ import annotations

from .portfolio import DEFAULT_SEED
from .server import Sandbox, start
from .service import Call

__all__ = ["DEFAULT_SEED", "Call", "Sandbox", "start"]
