"""Bodies and answers of the plugin's routes, and what a cart line's `extra` must hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from galleria.core.plugin_api import AmountField, Body, Quantity
from msgspec import Meta, Struct

MOST_ROWS = 2_000
"""Rows of one upload."""

Receipt = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$", max_length=64)]
"""A receipt's number, unique in its store."""

LineNumber = Annotated[int, Meta(ge=0, le=9999)]


class ReceiptLineName(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which receipt line a cart line is: `{"retail_replay": {"receipt": "r-17", "line": 0}}`."""

    receipt: Receipt
    line: LineNumber


class ReceiptLineBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A receipt's line. `unit_price` is the shelf price of one unit, the discounts are of the whole line."""

    receipt: Receipt
    line: LineNumber
    sku_id: UUID
    quantity: Quantity
    unit_price: AmountField
    retail_disc: AmountField = 0
    coupon_match_disc: AmountField = 0
    coupon_disc: AmountField = 0


class ReceiptLinesBody(Body):
    """Lines of any receipts of one store."""

    lines: Annotated[list[ReceiptLineBody], Meta(min_length=1, max_length=MOST_ROWS)]


class ReceiptLinesKept(Struct, kw_only=True):
    """How many lines were sent, and how many of them were not there before."""

    received: int
    added: int


class ReceiptView(Struct, kw_only=True):
    """A receipt: how many lines it has, and the order that uses it up, if one does."""

    receipt: str
    lines: int
    order_id: UUID | None
    used_at: datetime | None
