"""How often products have been sold, for lists in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from ..storage import db

_COUNT = """
WITH sold AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS s (product_id, units)),
locked AS (
  SELECT p.id, s.units FROM product p JOIN sold s ON s.product_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p
)
UPDATE product p SET sold = GREATEST(0, p.sold + l.units) FROM locked l WHERE p.id = l.id
"""


@db.atomic
async def count_sold(items: Sequence[tuple[UUID, int]]) -> None:
    """Add sold units to products, as (product, units); negative for units that came back.

    A product may be named several times. Products are locked in the order of their ids, so that two
    calls never wait for each other in a circle.
    """
    totals: Counter[UUID] = Counter()
    for product_id, units in items:
        totals[product_id] += units
    if totals:
        await db.execute(_COUNT, list(totals), list(totals.values()))
