"""Checkouts: one buyer, one payment, one order per store."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Checkout(Table, tablename="checkout", tags=["mall"]):
    """placed -> paid, or cancelled. `expires_at` is when an unpaid one is cancelled. Amounts are minor units."""

    id = UUID(primary_key=True, default=new_id)
    account_id = UUID()
    payment_id = UUID(null=True, default=None)
    state = Varchar(length=12, default="placed")
    currency = Varchar(length=3)
    total = BigInt()
    due = BigInt()
    quote = JSONB(null=True, default=None)
    fingerprint = Varchar(length=64)
    address = JSONB(null=True, default=None)
    expires_at = Timestamptz()
    created_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)
