"""What a check says of a plugin that does not pass."""

from __future__ import annotations


class NotConforming(AssertionError):
    """The plugin does not keep to what every plugin must keep to."""


def expect(holds: object, otherwise: str) -> None:
    """Raises NotConforming unless it holds."""
    if not holds:
        raise NotConforming(otherwise)
