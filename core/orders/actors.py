"""Who did something to an order."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from msgspec import Struct


class Actor(Struct, frozen=True):
    """A shopper, somebody of the store, or the mall itself (`id` None)."""

    kind: Literal["shopper", "staff", "system"]
    id: UUID | None = None


SYSTEM = Actor("system")
