"""What other domains ask of the stock. Quantities are units, at least 1."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from msgspec import Struct


class Place(NamedTuple):
    """A SKU at a location of a store. Places sort as the database locks them."""

    sku_id: UUID
    location_id: UUID
    store_id: UUID


class HoldRequest(Struct, frozen=True, kw_only=True):
    """Units to keep for `owner`, an order line; an owner has one hold at most."""

    store_id: UUID
    sku_id: UUID
    location_id: UUID
    owner: UUID
    quantity: int

    @property
    def place(self) -> Place:
        return Place(self.sku_id, self.location_id, self.store_id)


class CommitRequest(Struct, frozen=True, kw_only=True):
    """Held units of `owner` that leave the house; `cause` is the shipment."""

    store_id: UUID
    owner: UUID
    cause: UUID
    quantity: int


class ReleaseRequest(Struct, frozen=True, kw_only=True):
    """Held units of `owner` that can be sold again; `cause` is the refund."""

    store_id: UUID
    owner: UUID
    cause: UUID
    quantity: int


class RestockRequest(Struct, frozen=True, kw_only=True):
    """Returned units that staff found fit for sale; `cause` is the inspection or the refund."""

    store_id: UUID
    sku_id: UUID
    location_id: UUID
    cause: UUID
    quantity: int

    @property
    def place(self) -> Place:
        return Place(self.sku_id, self.location_id, self.store_id)
