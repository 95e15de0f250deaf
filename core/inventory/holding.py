"""Keeping units for orders: hold when an order is placed, confirm when it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..ids import new_id
from ..storage import db
from . import levels, rules
from .levels import Change
from .problems import OutOfStock
from .requests import HoldRequest
from .rules import Group, Shortage

_KEPT = "SELECT owner FROM stock_hold WHERE owner = ANY ($1::uuid[])"
_WRITE = """
WITH wanted AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::int[])
    AS w (id, movement_id, store_id, sku_id, location_id, owner, quantity)
), held AS (
  INSERT INTO stock_hold
    (id, store_id, sku_id, location_id, owner, quantity, committed, released, expires_at, created_at, updated_at)
  SELECT id, store_id, sku_id, location_id, owner, quantity, 0, 0, $8, $9, $9 FROM wanted
)
INSERT INTO stock_movement
  (id, store_id, sku_id, location_id, kind, on_hand_delta, held_delta, owner, cause, actor_id, note, created_at)
SELECT movement_id, store_id, sku_id, location_id, 'hold', 0, quantity, owner, owner, NULL, '', $9 FROM wanted
"""
_CONFIRM = """
UPDATE stock_hold SET expires_at = NULL, updated_at = $2
WHERE owner = ANY ($1::uuid[]) AND expires_at IS NOT NULL
"""


@db.atomic
async def hold(groups: Sequence[Group], *, expires_at: datetime, now: datetime) -> dict[UUID, OutOfStock]:
    """Keep units for whole groups, each a checkout: all that it wants, or nothing. Returns the refused ones.

    Groups are decided in the order given, by the same few statements for one and for five hundred. Nothing
    is written for a refused group. An owner that has a hold already gets no second one. Joins the caller's
    transaction. Raises ValueError for a quantity below 1, or an owner or a group that is named twice.
    """
    rules.check(groups)
    requests = [request for _, group in groups for request in group]
    if not requests:
        return {}
    found = await levels.lock(request.place for request in requests)
    kept = {row["owner"] for row in await db.fetch(_KEPT, [request.owner for request in requests])}
    decision = rules.decide(groups, {place: level.free for place, level in found.items()}, kept)
    await _write(decision.taken, expires_at, now)
    return {group: _out_of_stock(short) for group, short in decision.refused.items()}


async def _write(taken: Sequence[HoldRequest], expires_at: datetime, now: datetime) -> None:
    if not taken:
        return
    wanted = rules.sums((request.place, request.quantity) for request in taken)
    await levels.change({place: Change(held=units) for place, units in wanted.items()}, now)
    rows = [(new_id(), new_id(), one.store_id, one.sku_id, one.location_id, one.owner, one.quantity) for one in taken]
    await db.execute(_WRITE, *(list(column) for column in zip(*rows, strict=True)), expires_at, now)


def _out_of_stock(short: Sequence[Shortage]) -> OutOfStock:
    return OutOfStock(errors=[shortage_error(one) for one in short])


def shortage_error(short: Shortage) -> dict[str, object]:
    """A shortage as an entry of a problem's `errors`."""
    return {
        "path": str(short.place.sku_id),
        "code": "out_of_stock",
        "available": short.available,
        "wanted": short.wanted,
    }


async def confirm(owners: Sequence[UUID], *, now: datetime) -> None:
    """Let the holds of paid orders stand without an expiry. Idempotent."""
    await db.execute(_CONFIRM, list(owners), now)
