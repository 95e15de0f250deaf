"""Coupons on their way into orders: claimed -> held, for one checkout or for five hundred, by the same statements.

What is wanted is locked, decided on in order of arrival, and written with one sum a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.core.plugin_api import Context, GalleriaError, OrderSnapshot, Refusal, bulk, db, new_id
from msgspec import to_builtins

from . import deciding, locking, texts
from .deciding import Hold, Stock, Wish

_HOLD = """
UPDATE coupons_coupon c
SET state = 'held', checkout_id = n.checkout_id, order_ids = n.order_ids, changed_at = $2
FROM jsonb_to_recordset($1) AS n (coupon_id uuid, account_id uuid, checkout_id uuid, order_ids uuid[])
WHERE c.id = n.coupon_id AND c.account_id = n.account_id AND c.state = 'claimed'
  AND c.store_id IS NOT DISTINCT FROM $3
RETURNING c.id
"""
_COUNT_SHOPPERS = """
UPDATE coupons_tally t SET claimed = t.claimed + n.times
FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS n (campaign_id, account_id, times)
WHERE t.campaign_id = n.campaign_id AND t.account_id = n.account_id AND t.store_id IS NOT DISTINCT FROM $4
RETURNING t.id
"""
_COUNT_CAMPAIGNS = """
UPDATE coupons_campaign m SET claimed = m.claimed + n.times
FROM unnest($1::uuid[], $2::bigint[]) AS n (id, times)
WHERE m.id = n.id AND (m.total_limit IS NULL OR m.claimed + n.times <= m.total_limit)
  AND m.store_id IS NOT DISTINCT FROM $3
RETURNING m.id
"""


async def hold(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    """Hold what these orders use; return the refusals by order id. Orders without a coupon cost no statement.

    A checkout is refused as a whole, and nothing is written for it.
    """
    wishes = deciding.wishes_of(orders)
    if not wishes:
        return {}
    decision = deciding.decide(wishes, await _locked(ctx.store_id, wishes), ctx.now)
    await _hold(ctx.store_id, [one for one in decision.holds if one.coupon_id is not None], ctx.now)
    await _make(ctx.store_id, [one for one in decision.holds if one.coupon_id is None], ctx.now)
    refused = decision.refused
    return {
        order.id: texts.refusal(refused[order.checkout_id], ctx.locale)
        for order in orders
        if order.checkout_id in refused
    }


async def _locked(store_id: UUID | None, wishes: Iterable[Wish]) -> Stock:
    """Lock everything that is wanted, each thing once, in the order of the ids."""
    coupons = {coupon_id for wish in wishes for coupon_id in wish.coupons}
    shoppers = {(campaign_id, wish.account_id) for wish in wishes for campaign_id in wish.codes}
    campaigns = {campaign_id for campaign_id, _ in shoppers}
    return Stock(
        coupons=await locking.coupons(store_id, sorted(coupons)) if coupons else {},
        had=await locking.tallies(store_id, sorted(shoppers)) if shoppers else {},
        campaigns=await locking.campaigns(store_id, sorted(campaigns)) if campaigns else {},
    )


async def _hold(store_id: UUID | None, holds: Sequence[Hold], now: datetime) -> None:
    if holds:
        await _write(len(holds), _HOLD, [to_builtins(one) for one in holds], now, store_id)


async def _make(store_id: UUID | None, holds: Sequence[Hold], now: datetime) -> None:
    """Coupons of codes, claimed and held in one step, and counted."""
    if not holds:
        return
    await bulk.insert("coupons_coupon", [_row(store_id, one, now) for one in holds])
    await _count(store_id, [(one.campaign_id, one.account_id) for one in holds if one.campaign_id is not None])


def _row(store_id: UUID | None, hold: Hold, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "store_id": store_id,
        "campaign_id": hold.campaign_id,
        "account_id": hold.account_id,
        "state": "held",
        "checkout_id": hold.checkout_id,
        "order_ids": hold.order_ids,
        "returns": 0,
        "claimed_at": now,
        "changed_at": now,
    }


async def _count(store_id: UUID | None, uses: Sequence[tuple[UUID, UUID]]) -> None:
    """Count uses of codes, given as (campaign, account): one sum a row. The rows are locked already."""
    shoppers, campaigns = Counter(uses), Counter(campaign_id for campaign_id, _ in uses)
    by_campaign, by_account = [key for key, _ in shoppers], [key for _, key in shoppers]
    await _write(len(shoppers), _COUNT_SHOPPERS, by_campaign, by_account, list(shoppers.values()), store_id)
    await _write(len(campaigns), _COUNT_CAMPAIGNS, list(campaigns), list(campaigns.values()), store_id)


async def _write(expected: int, sql: str, *args: Any) -> None:
    """Run a statement that returns what it has written. The rows are locked, so that it is all that was decided."""
    written = await db.fetch(sql, *args)
    if len(written) != expected:
        raise GalleriaError(f"{len(written)} rows were written where {expected} were decided on")
