"""Many campaigns, one DataFrame: `read_stats`, `read_campaigns`, `read_accounts`, `from_frame`."""

from .accounts import read_accounts
from .directory import read_campaigns
from .exports import from_frame
from .stats import read_stats

__all__ = ["from_frame", "read_accounts", "read_campaigns", "read_stats"]
