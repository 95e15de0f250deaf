"""Rows that are locked until the transaction ends, and read as they are by then. Each names its place.

Everybody takes them in this order: coupons, tallies, campaigns, and each of these in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from galleria.core.plugin_api import db, new_id

from .deciding import Locked
from .queries import COLUMNS, promotion
from .terms import Campaign

_COUPONS = """
SELECT c.id, c.account_id, c.state, m.state AS campaign_state, m.starts_at, m.ends_at
FROM coupons_coupon c JOIN coupons_campaign m ON m.id = c.campaign_id
WHERE c.store_id IS NOT DISTINCT FROM $1 AND c.id = ANY ($2::uuid[])
ORDER BY c.id FOR UPDATE OF c
"""
_TALLIES = """
INSERT INTO coupons_tally (id, store_id, campaign_id, account_id, claimed)
SELECT n.id, $1, n.campaign_id, n.account_id, 0
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS n (id, campaign_id, account_id)
ON CONFLICT (campaign_id, account_id) DO UPDATE SET claimed = coupons_tally.claimed
RETURNING campaign_id, account_id, claimed
"""
_CAMPAIGNS = f"""
SELECT {COLUMNS} FROM coupons_campaign m WHERE m.store_id IS NOT DISTINCT FROM $1 AND m.id = ANY ($2::uuid[])
ORDER BY m.id FOR NO KEY UPDATE
"""  # noqa: S608  names of fields


async def coupons(store_id: UUID | None, coupon_ids: Sequence[UUID]) -> dict[UUID, Locked]:
    """Lock coupons in the order of their ids."""
    return {row.id: row for row in await db.rows(Locked, _COUPONS, store_id, list(coupon_ids))}


async def tallies(store_id: UUID | None, shoppers: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """Lock the tallies of (campaign, account) pairs in the given order; those that are missing start at 0."""
    ids = [new_id() for _ in shoppers]
    by_campaign, by_account = [pair[0] for pair in shoppers], [pair[1] for pair in shoppers]
    found = await db.fetch(_TALLIES, store_id, ids, by_campaign, by_account)
    return {(row["campaign_id"], row["account_id"]): row["claimed"] for row in found}


async def campaigns(store_id: UUID | None, campaign_ids: Sequence[UUID]) -> dict[UUID, Campaign]:
    """Lock campaigns in the order of their ids; return them as they are by then."""
    found = await db.fetch(_CAMPAIGNS, store_id, list(campaign_ids))
    return {row["id"]: promotion(Campaign, row) for row in found}
