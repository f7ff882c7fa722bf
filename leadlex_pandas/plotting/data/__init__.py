"""What every mark of a chart shows, as a table, one file a chart; its title, caption and alt text stand in `attrs`."""

from .difference import difference_data
from .forest import forest_data
from .funnel import funnel_data
from .growth import growth_data
from .health import health_data
from .ranks import ranks_data
from .stages import stages_data
from .strip import strip_data
from .trend import trend_data

__all__ = [
    "difference_data",
    "forest_data",
    "funnel_data",
    "growth_data",
    "health_data",
    "ranks_data",
    "stages_data",
    "strip_data",
    "trend_data",
]
