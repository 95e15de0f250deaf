"""Reads of checkouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from ..storage import db
from ..types import Quote


class CheckoutRow(Struct, frozen=True, kw_only=True):
    id: UUID
    account_id: UUID
    payment_id: UUID | None
    state: str
    currency: str
    total: int
    due: int
    address: Mapping[str, Any] | None
    expires_at: datetime
    created_at: datetime


_CHECKOUT = f"SELECT {', '.join(CheckoutRow.__struct_fields__)} FROM checkout "  # noqa: S608  names from this module


async def checkout(checkout_id: UUID) -> CheckoutRow | None:
    """Any shopper's checkout: for facts and sweeps, which act for the mall."""
    return await db.row(CheckoutRow, _CHECKOUT + "WHERE id = $1", checkout_id)


async def quote(checkout_id: UUID) -> Quote | None:
    """What the checkout was placed at, as it was priced."""
    found = await db.fetch_value("SELECT quote FROM checkout WHERE id = $1", checkout_id)
    return None if found is None else msgspec.convert(found, Quote)


async def account_checkout(account_id: UUID, checkout_id: UUID) -> CheckoutRow | None:
    return await db.row(CheckoutRow, _CHECKOUT + "WHERE id = $1 AND account_id = $2", checkout_id, account_id)


class Expired(Struct, frozen=True):
    """A checkout whose time is up."""

    expires_at: datetime
    id: UUID


async def expired(now: datetime, after: Expired | None = None, limit: int = 100) -> list[Expired]:
    """Unpaid checkouts whose time is up, the longest waiting first, from the one `after` which the caller goes on.

    Those whose payment is paid already are not among them, though they may not be settled yet.
    """
    last = (after.expires_at, after.id) if after else (None, None)
    return await db.rows(
        Expired,
        "SELECT c.expires_at, c.id FROM checkout c LEFT JOIN payment p ON p.id = c.payment_id "
        "WHERE c.state = 'placed' AND c.expires_at <= $1 AND p.state IS DISTINCT FROM 'paid' "
        "AND ($2::timestamptz IS NULL OR (c.expires_at, c.id) > ($2, $3::uuid)) "
        "ORDER BY c.expires_at, c.id LIMIT $4",
        now,
        *last,
        limit,
    )
