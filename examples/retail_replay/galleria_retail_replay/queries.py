"""Reads and writes of the plugin's rows, each in one store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import db, new_id

from .rules import Key
from .schemas import ReceiptLineBody, ReceiptView

_COLUMNS = "l.receipt, l.line, l.sku_id, l.quantity, l.unit_price, l.retail_disc, l.coupon_match_disc, l.coupon_disc"
_FREE_LINES = f"""
SELECT {_COLUMNS}
FROM unnest($2::text[], $3::int[]) AS w (receipt, line)
JOIN retail_replay_line l ON l.store_id = $1 AND l.receipt = w.receipt AND l.line = w.line
JOIN retail_replay_receipt r ON r.store_id = l.store_id AND r.receipt = l.receipt AND r.order_id IS NULL
ORDER BY l.receipt, l.line
"""  # noqa: S608  names of columns
_LINES = f"""
SELECT {_COLUMNS}
FROM unnest($2::text[], $3::int[]) AS w (receipt, line)
JOIN retail_replay_line l ON l.store_id = $1 AND l.receipt = w.receipt AND l.line = w.line
"""  # noqa: S608  names of columns
_ADD_RECEIPTS = """
INSERT INTO retail_replay_receipt (id, store_id, receipt, created_at)
SELECT w.id, $1, w.receipt, $4 FROM unnest($2::uuid[], $3::text[]) AS w (id, receipt)
ON CONFLICT (store_id, receipt) DO NOTHING
"""
_ADD_LINES = """
INSERT INTO retail_replay_line
  (id, store_id, receipt, line, sku_id, quantity, unit_price, retail_disc, coupon_match_disc, coupon_disc)
SELECT w.id, $1, w.receipt, w.line, w.sku_id, w.quantity, w.unit_price, w.retail_disc, w.match_disc, w.coupon_disc
FROM unnest($2::uuid[], $3::text[], $4::int[], $5::uuid[], $6::int[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::bigint[])
  AS w (id, receipt, line, sku_id, quantity, unit_price, retail_disc, match_disc, coupon_disc)
ON CONFLICT (store_id, receipt, line) DO NOTHING
"""
_LOCK_FREE = """
SELECT receipt FROM retail_replay_receipt
WHERE store_id = $1 AND receipt = ANY($2::text[]) AND order_id IS NULL ORDER BY receipt FOR UPDATE
"""
_TAKE = """
UPDATE retail_replay_receipt r SET order_id = w.order_id, used_at = $4
FROM unnest($2::text[], $3::uuid[]) AS w (receipt, order_id)
WHERE r.store_id = $1 AND r.receipt = w.receipt AND r.order_id IS NULL
"""
_GIVE_BACK = """
UPDATE retail_replay_receipt SET order_id = NULL, used_at = NULL WHERE store_id = $1 AND order_id = $2
"""
_RECEIPT = """
SELECT r.receipt, r.order_id, r.used_at, (
  SELECT count(*) FROM retail_replay_line l WHERE l.store_id = r.store_id AND l.receipt = r.receipt) AS lines
FROM retail_replay_receipt r WHERE r.store_id = $1 AND r.receipt = $2
"""


async def free_lines(store_id: UUID, keys: Collection[Key]) -> list[ReceiptLineBody]:
    """Return the lines of these that belong to receipts that nobody has bought."""
    return await db.rows(ReceiptLineBody, _FREE_LINES, store_id, *_split(keys))


async def lines(store_id: UUID, keys: Collection[Key]) -> list[ReceiptLineBody]:
    return await db.rows(ReceiptLineBody, _LINES, store_id, *_split(keys))


async def add(store_id: UUID, rows: Sequence[ReceiptLineBody], now: datetime) -> int:
    """Write the lines that are not there yet, and their receipts; return how many lines that were."""
    receipts = sorted({row.receipt for row in rows})
    await db.execute(_ADD_RECEIPTS, store_id, [new_id() for _ in receipts], receipts, now)
    ordered = sorted(rows, key=lambda row: (row.receipt, row.line))
    return await db.execute(
        _ADD_LINES,
        store_id,
        [new_id() for _ in ordered],
        [row.receipt for row in ordered],
        [row.line for row in ordered],
        [row.sku_id for row in ordered],
        [row.quantity for row in ordered],
        [row.unit_price for row in ordered],
        [row.retail_disc for row in ordered],
        [row.coupon_match_disc for row in ordered],
        [row.coupon_disc for row in ordered],
    )


async def lock_free(store_id: UUID, receipts: Collection[str]) -> frozenset[str]:
    """Lock the receipts of these that nobody has bought, in one order for all, and return them."""
    return frozenset(row["receipt"] for row in await db.fetch(_LOCK_FREE, store_id, sorted(receipts)))


async def take(store_id: UUID, orders: Mapping[str, UUID], now: datetime) -> int:
    """Mark receipts as used, each by its order, as far as they are free; return how many that were."""
    return await db.execute(_TAKE, store_id, list(orders), list(orders.values()), now)


async def give_back(store_id: UUID, order_id: UUID) -> int:
    """Free the receipts that the order uses; again changes nothing."""
    return await db.execute(_GIVE_BACK, store_id, order_id)


async def receipt(store_id: UUID, number: str) -> ReceiptView | None:
    return await db.row(ReceiptView, _RECEIPT, store_id, number)


def _split(keys: Collection[Key]) -> tuple[list[str], list[int]]:
    return [receipt for receipt, _ in keys], [line for _, line in keys]
