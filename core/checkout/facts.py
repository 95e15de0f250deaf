"""The facts of other domains that a checkout acts on."""

from __future__ import annotations

from ..mall import Mall


def subscribe(mall: Mall) -> None:
    """Make checkout a recipient of payment facts."""
