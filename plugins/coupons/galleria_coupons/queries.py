"""Reads. Each names its place: a store, or None for the mall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from galleria.core.plugin_api import db
from msgspec import Struct

from .rules import Asked, Found
from .terms import Campaign, Coupon, Reduction

P = TypeVar("P", Campaign, Reduction)

TABLES: Mapping[type, str] = {Campaign: "coupons_campaign", Reduction: "coupons_reduction"}

COLUMNS = ", ".join(f"m.{name}" for name in Campaign.__struct_fields__)
"""A campaign's, where its table is called m."""

_NESTED = ", ".join(f"'{name}', m.{name}" for name in Campaign.__struct_fields__)
_HERE = "store_id IS NOT DISTINCT FROM $1"

_ASKED = f"""
SELECT c.id AS coupon_id, {COLUMNS}
FROM coupons_coupon c JOIN coupons_campaign m ON m.id = c.campaign_id
WHERE c.{_HERE} AND c.account_id = $2 AND c.id = ANY ($3::uuid[]) AND c.state = 'claimed'
UNION ALL
SELECT NULL, {COLUMNS}
FROM coupons_campaign m LEFT JOIN coupons_tally t ON t.campaign_id = m.id AND t.account_id = $2
WHERE m.{_HERE} AND m.code = ANY ($4::text[]) AND m.how = 'code' AND m.state = 'active'
  AND (m.total_limit IS NULL OR m.claimed < m.total_limit)
  AND (m.shopper_limit IS NULL OR COALESCE(t.claimed, 0) < m.shopper_limit)
"""  # noqa: S608  names of fields
_CLAIMABLE = f"""
SELECT {COLUMNS} FROM coupons_campaign m
WHERE m.{_HERE} AND m.state = 'active' AND m.how = 'claim' AND m.starts_at <= $2 AND m.ends_at > $2 AND m.id > $3
ORDER BY m.id LIMIT $4
"""  # noqa: S608  names of fields
_SHOWN_STATE = """
CASE WHEN c.state = 'claimed' AND (m.state = 'ended' OR m.ends_at <= $3) THEN 'expired' ELSE c.state END
"""
_COUPON = f"""
SELECT c.id, c.account_id, {_SHOWN_STATE} AS state, c.claimed_at, c.changed_at,
  jsonb_build_object({_NESTED}) AS campaign
FROM coupons_coupon c JOIN coupons_campaign m ON m.id = c.campaign_id
WHERE c.{_HERE} AND c.account_id = $2 AND c.state <> 'returned'
"""  # noqa: S608  names of fields
_MINE = f"{_COUPON} AND ($4::text IS NULL OR {_SHOWN_STATE} = $4) AND c.id < $5 ORDER BY c.id DESC LIMIT $6"
_COUNTS = """
SELECT campaign_id,
  count(*) FILTER (WHERE state = 'claimed') AS claimed, count(*) FILTER (WHERE state = 'held') AS held,
  count(*) FILTER (WHERE state = 'used') AS used, COALESCE(sum(returns), 0)::bigint AS returned
FROM coupons_coupon WHERE store_id IS NOT DISTINCT FROM $1 AND campaign_id = ANY ($2::uuid[]) GROUP BY campaign_id
"""
_LAST = UUID(int=2**128 - 1)
_FIRST = UUID(int=0)


class Counts(Struct, frozen=True, kw_only=True):
    """A campaign's coupons by state; `returned` is how often one came back."""

    claimed: int = 0
    held: int = 0
    used: int = 0
    returned: int = 0


NO_COUNTS = Counts()


def promotion(shape: type[P], record: Any) -> P:
    """A row as the value that it is: JSON columns become what they stand for."""
    return msgspec.convert({name: record[name] for name in shape.__struct_fields__}, shape)


async def find(shape: type[P], store_id: UUID | None, promotion_id: UUID, *, lock: bool = False) -> P | None:
    """A campaign or reduction of the place; with `lock`, others who change it wait."""
    columns = ", ".join(shape.__struct_fields__)
    sql = f"SELECT {columns} FROM {TABLES[shape]} WHERE {_HERE} AND id = $2"  # noqa: S608  names from this module
    record = await db.fetch_row(sql + (" FOR NO KEY UPDATE" if lock else ""), store_id, promotion_id)
    return None if record is None else promotion(shape, record)


async def page(shape: type[P], store_id: UUID | None, *, state: str | None, before: UUID | None, limit: int) -> list[P]:
    """The newest first, one more than `limit`."""
    columns = ", ".join(shape.__struct_fields__)
    sql = (
        f"SELECT {columns} FROM {TABLES[shape]} WHERE {_HERE} AND ($2::text IS NULL OR state = $2) AND id < $3 "  # noqa: S608
        "ORDER BY id DESC LIMIT $4"
    )
    found = await db.fetch(sql, store_id, state, before or _LAST, limit + 1)
    return [promotion(shape, record) for record in found]


async def active_reductions(store_id: UUID | None) -> tuple[Reduction, ...]:
    """Those that are switched on, whatever their window: who asks knows the time."""
    columns = ", ".join(Reduction.__struct_fields__)
    sql = f"SELECT {columns} FROM coupons_reduction WHERE {_HERE} AND state = 'active' ORDER BY id"  # noqa: S608
    return tuple([promotion(Reduction, record) for record in await db.fetch(sql, store_id)])


async def count_active_reductions(store_id: UUID | None, now: datetime) -> int:
    sql = f"SELECT count(*) FROM coupons_reduction WHERE {_HERE} AND state = 'active' AND ends_at > $2"  # noqa: S608
    found: int = await db.fetch_value(sql, store_id, now)
    return found


async def has_code(store_id: UUID | None, code: str) -> bool:
    """Whether a campaign of the place that has not ended has this code."""
    sql = f"SELECT 1 FROM coupons_campaign WHERE {_HERE} AND code = $2 AND state <> 'ended'"  # noqa: S608
    return await db.fetch_value(sql, store_id, code) is not None


async def asked_for(store_id: UUID | None, account_id: UUID, asked: Asked) -> list[Found]:
    """What of the asked is this shopper's and unused, or a code that is not used up. One statement."""
    found = await db.fetch(_ASKED, store_id, account_id, list(asked.coupon_ids), list(asked.codes))
    return [Found(campaign=promotion(Campaign, record), coupon_id=record["coupon_id"]) for record in found]


async def claimable(store_id: UUID | None, now: datetime, *, after: UUID | None, limit: int) -> list[Campaign]:
    """Campaigns whose coupons may be claimed now, also those that are used up; one more than `limit`."""
    found = await db.fetch(_CLAIMABLE, store_id, now, after or _FIRST, limit + 1)
    return [promotion(Campaign, record) for record in found]


async def counts(store_id: UUID | None, campaign_ids: Sequence[UUID]) -> dict[UUID, Counts]:
    found = await db.fetch(_COUNTS, store_id, list(campaign_ids))
    return {row["campaign_id"]: Counts(**{name: row[name] for name in Counts.__struct_fields__}) for row in found}


async def most_by_one(campaign_id: UUID, store_id: UUID | None) -> int:
    """How many coupons of a campaign the shopper has had who has had most."""
    sql = f"SELECT COALESCE(max(claimed), 0) FROM coupons_tally WHERE {_HERE} AND campaign_id = $2"  # noqa: S608
    found: int = await db.fetch_value(sql, store_id, campaign_id)
    return found


async def coupon(store_id: UUID | None, account_id: UUID, coupon_id: UUID, now: datetime) -> Coupon | None:
    record = await db.fetch_row(f"{_COUPON} AND c.id = $4", store_id, account_id, now, coupon_id)
    return None if record is None else msgspec.convert(dict(record), Coupon)


async def coupons_of(
    store_id: UUID | None, account_id: UUID, now: datetime, *, state: str | None, before: UUID | None, limit: int
) -> list[Coupon]:
    """A shopper's coupons of the place, the newest first, one more than `limit`."""
    found = await db.fetch(_MINE, store_id, account_id, now, state, before or _LAST, limit + 1)
    return [msgspec.convert(dict(record), Coupon) for record in found]
