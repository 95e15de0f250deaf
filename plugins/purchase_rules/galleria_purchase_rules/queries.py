"""Reads of the plugin's rows; each names its store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from galleria.core.plugin_api import db
from msgspec import Struct

from .hours import Period
from .limits import Limit, Limits
from .sharing import Key


class LimitRow(Struct, frozen=True, kw_only=True):
    """A limit as staff see it."""

    id: UUID
    sku_id: UUID | None
    product_id: UUID | None
    period: Period
    quantity: int
    version: int
    created_at: datetime
    updated_at: datetime


class UseRow(Struct, frozen=True, kw_only=True):
    """Units that a line of an order still has of a limit."""

    id: UUID
    limit_id: UUID
    account_id: UUID
    period_start: date
    line_id: UUID
    quantity: int
    given_back: int

    @property
    def key(self) -> Key:
        return Key(self.limit_id, self.account_id, self.period_start)

    @property
    def left(self) -> int:
        return self.quantity - self.given_back


class AlertRow(Struct, frozen=True, kw_only=True):
    """An open alert: `available` units were left at the order's placing."""

    id: UUID
    sku_id: UUID
    order_id: UUID
    available: int
    low_at: int
    raised_at: datetime


class ReviewRow(Struct, frozen=True, kw_only=True):
    """An order that was to be released, and whether it was. `total` is minor units."""

    order_id: UUID
    number: str
    total: int
    currency: str
    placed_at: datetime
    released_at: datetime | None
    released_by: UUID | None


_LIMIT = "SELECT id, sku_id, product_id, period, quantity, version, created_at, updated_at FROM purchase_rules_limit "
_RULES = "SELECT id, sku_id, product_id, period, quantity FROM purchase_rules_limit "
_LIVE = "WHERE store_id = $1 AND removed_at IS NULL "
_USED = """
SELECT c.limit_id, c.account_id, c.period_start, c.used
FROM unnest($3::uuid[], $4::date[]) AS w (limit_id, period_start)
JOIN purchase_rules_counter c ON c.store_id = $1 AND c.account_id = $2
  AND c.limit_id = w.limit_id AND c.period_start = w.period_start
"""
_USES = """
SELECT id, limit_id, account_id, period_start, line_id, quantity, given_back FROM purchase_rules_use
WHERE store_id = $1 AND order_id = $2 AND given_back < quantity ORDER BY id
"""
_ALERTS = """
SELECT id, sku_id, order_id, available, low_at, raised_at FROM purchase_rules_alert
WHERE store_id = $1 AND closed_at IS NULL AND ($2::uuid IS NULL OR sku_id > $2) ORDER BY sku_id LIMIT $3
"""
_REVIEW = """
SELECT order_id, number, total, currency, placed_at, released_at, released_by FROM purchase_rules_review
WHERE store_id = $1
"""
_WAITING = f"""{_REVIEW}
AND released_at IS NULL AND cancelled_at IS NULL AND total >= $2 AND ($3::uuid IS NULL OR order_id > $3)
ORDER BY order_id LIMIT $4
"""
_RELEASED = """
SELECT order_id FROM purchase_rules_review
WHERE store_id = $1 AND order_id = ANY ($2::uuid[]) AND released_at IS NOT NULL
"""


async def limits(store_id: UUID | None) -> Limits:
    """All limits of a store, for pricing and placing."""
    return Limits(await db.rows(Limit, _RULES + _LIVE + "ORDER BY id", store_id))


async def limits_on(store_id: UUID, targets: Collection[UUID]) -> list[Limit]:
    """The limits on these SKUs and products."""
    wanted = "AND COALESCE(sku_id, product_id) = ANY ($2::uuid[]) ORDER BY id"
    return await db.rows(Limit, _RULES + _LIVE + wanted, store_id, list(targets))


async def limit_page(store_id: UUID, *, after: UUID | None, limit: int) -> list[LimitRow]:
    """The store's limits, the oldest first, one more than `limit`."""
    page = "AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3"
    return await db.rows(LimitRow, _LIMIT + _LIVE + page, store_id, after, limit + 1)


async def limit(store_id: UUID, limit_id: UUID) -> LimitRow | None:
    """None when the store has no such limit, or none any more."""
    return await db.row(LimitRow, _LIMIT + _LIVE + "AND id = $2", store_id, limit_id)


async def used(store_id: UUID | None, account_id: UUID, keys: Sequence[Key]) -> dict[Key, int]:
    """What a shopper has taken of these counters; those without a row are left out."""
    found = await db.fetch(_USED, store_id, account_id, [key.limit_id for key in keys], [key.start for key in keys])
    return {Key(row["limit_id"], row["account_id"], row["period_start"]): row["used"] for row in found}


async def uses(store_id: UUID, order_id: UUID) -> list[UseRow]:
    """What an order still has of limits."""
    return await db.rows(UseRow, _USES, store_id, order_id)


async def alert_page(store_id: UUID, *, after: UUID | None, limit: int) -> list[AlertRow]:
    """Open alerts by SKU, one more than `limit`."""
    return await db.rows(AlertRow, _ALERTS, store_id, after, limit + 1)


async def waiting_page(store_id: UUID, *, least: int, after: UUID | None, limit: int) -> list[ReviewRow]:
    """Orders of `least` or more that wait for a release, the oldest first, one more than `limit`."""
    return await db.rows(ReviewRow, _WAITING, store_id, least, after, limit + 1)


async def review(store_id: UUID, order_id: UUID) -> ReviewRow | None:
    return await db.row(ReviewRow, _REVIEW + "AND order_id = $2", store_id, order_id)


async def released(store_id: UUID | None, order_ids: Sequence[UUID]) -> set[UUID]:
    """Of these orders, those that were released."""
    return {row["order_id"] for row in await db.fetch(_RELEASED, store_id, list(order_ids))}
