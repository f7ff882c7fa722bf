"""What every mark of a chart shows, as a table, one file a chart; its title, caption and alt text stand in `attrs`."""

from .forest import forest_data

__all__ = ["forest_data"]
