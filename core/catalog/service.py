"""What the catalog does for other domains, in one place: each function is defined where its noun lives."""

from __future__ import annotations

from .sales import count_sold

__all__ = ["count_sold"]
