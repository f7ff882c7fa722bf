"""What every mark of a chart shows, as a table, one file a chart; its title, caption and alt text stand in `attrs`."""

from .forest import forest_data
from .funnel import funnel_data
from .ranks import ranks_data
from .strip import strip_data

__all__ = ["forest_data", "funnel_data", "ranks_data", "strip_data"]
