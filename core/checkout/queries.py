"""Reads of checkouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..storage import db


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


async def account_checkout(account_id: UUID, checkout_id: UUID) -> CheckoutRow | None:
    return await db.row(CheckoutRow, _CHECKOUT + "WHERE id = $1 AND account_id = $2", checkout_id, account_id)


async def expired(now: datetime, limit: int = 100) -> list[UUID]:
    """Unpaid checkouts whose time is up, the longest waiting first."""
    rows = await db.fetch(
        "SELECT id FROM checkout WHERE state = 'placed' AND expires_at <= $1 ORDER BY expires_at LIMIT $2", now, limit
    )
    return [row["id"] for row in rows]
