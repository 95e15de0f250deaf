"""What becomes of held coupons: used, or given back. Told again, each of these changes nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import OrderSnapshot, db
from msgspec import Struct

_USE = """
UPDATE coupons_coupon SET state = 'used', changed_at = $3
WHERE checkout_id = $1 AND store_id IS NOT DISTINCT FROM $2 AND state = 'held'
"""
_DROP_ORDER = """
WITH mine AS (
  SELECT id FROM coupons_coupon
  WHERE checkout_id = $1 AND store_id IS NOT DISTINCT FROM $2 AND state = 'used' AND $3::uuid = ANY (order_ids)
  ORDER BY id FOR UPDATE)
UPDATE coupons_coupon c SET order_ids = array_remove(c.order_ids, $3::uuid), changed_at = $4
FROM mine WHERE c.id = mine.id
"""
_GIVE_BACK = """
WITH mine AS (
  SELECT c.id FROM coupons_coupon c JOIN coupons_campaign m ON m.id = c.campaign_id
  WHERE c.checkout_id = $1 AND c.store_id IS NOT DISTINCT FROM $2 AND c.state = $3
    AND ($3 = 'held' OR (c.order_ids = '{}' AND m.refund_policy = 'returned_when_all_refunded'))
  ORDER BY c.id FOR UPDATE OF c)
UPDATE coupons_coupon c
SET state = CASE m.how WHEN 'code' THEN 'returned' ELSE 'claimed' END,
    checkout_id = NULL, order_ids = '{}', returns = c.returns + 1, changed_at = $4
FROM mine, coupons_campaign m WHERE c.id = mine.id AND m.id = c.campaign_id
RETURNING c.campaign_id, c.account_id, m.how
"""
_UNCOUNT_SHOPPER = """
UPDATE coupons_tally SET claimed = claimed - 1
WHERE campaign_id = $1 AND account_id = $2 AND store_id IS NOT DISTINCT FROM $3
"""
_UNCOUNT_CAMPAIGN = """
UPDATE coupons_campaign SET claimed = claimed - 1 WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2
"""


class _Back(Struct, frozen=True):
    campaign_id: UUID
    account_id: UUID
    how: str


def carries_coupon(order: OrderSnapshot) -> bool:
    """Whether a coupon or a code is among the order's adjustments here; full reductions are not."""
    return any((one.reference or "").startswith(("coupon:", "code:")) for one in order.adjustments)


async def use(store_id: UUID | None, checkout_id: UUID, now: datetime) -> None:
    """held -> used: the checkout is paid."""
    await db.execute(_USE, checkout_id, store_id, now)


async def release(store_id: UUID | None, checkout_id: UUID, now: datetime) -> None:
    """held -> claimed: the checkout was cancelled before it was paid. Of a code: counted back."""
    await _give_back(store_id, checkout_id, "held", now)


async def refund(store_id: UUID | None, checkout_id: UUID, order_id: UUID, now: datetime) -> None:
    """One order is wholly refunded; after the last one that carried a coupon, the coupon goes by its policy."""
    if await db.execute(_DROP_ORDER, checkout_id, store_id, order_id, now):
        await _give_back(store_id, checkout_id, "used", now)


async def _give_back(store_id: UUID | None, checkout_id: UUID, state: str, now: datetime) -> None:
    """Tallies before campaigns, each by id, as everywhere."""
    back = await db.rows(_Back, _GIVE_BACK, checkout_id, store_id, state, now)
    codes = sorted((one.campaign_id, one.account_id) for one in back if one.how == "code")
    for campaign_id, account_id in codes:
        await db.execute(_UNCOUNT_SHOPPER, campaign_id, account_id, store_id)
    for campaign_id, _ in codes:
        await db.execute(_UNCOUNT_CAMPAIGN, campaign_id, store_id)
