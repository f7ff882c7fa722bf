"""The explorer: ask a portfolio with a mouse, keep the selection and the code."""

from .opening import explore

__all__ = ["explore"]
