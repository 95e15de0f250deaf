"""Orders as plugins are told of them: frozen, with what concerns the plugin that is told.

Amounts are minor units of the order's currency. This module imports nothing of core but the exchanged types.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from .types import Adjustment, LineKind


class Refusal(Struct, frozen=True, kw_only=True):
    """Why something may not be done. `code` is the plugin's own word; the API shows it as `<plugin>:<code>`.

    `detail` is a sentence in the caller's language; `line_ids` are the rows that it is about; `params` are
    figures for a client that writes its own sentence.
    """

    code: str
    detail: str
    line_ids: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


class OrderLine(Struct, frozen=True, kw_only=True):
    """A row of an order. `total` is what its units cost together; shipping and fee rows have no SKU."""

    id: UUID
    kind: LineKind
    quantity: int
    list_price: int
    total: int
    sku_id: UUID | None = None
    product_id: UUID | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class OrderSnapshot(Struct, frozen=True, kw_only=True):
    """One store's order. `adjustments` are those of the plugin that is told, in its scope, allocated by line id."""

    id: UUID
    store_id: UUID
    checkout_id: UUID
    account_id: UUID
    number: str
    currency: str
    goods: int
    discounts: int
    total: int
    due: int
    delivery_method: str
    lines: tuple[OrderLine, ...]
    adjustments: tuple[Adjustment, ...] = ()


class OrderFact(Struct, frozen=True, kw_only=True):
    """What has happened to an order. It may be told again after a crash: `id` is then the same."""

    id: UUID
    at: datetime
    order: OrderSnapshot
    reason: str = ""


class RefundedLine(Struct, frozen=True, kw_only=True):
    """Units of a row that were refunded, and what was given back for them."""

    line_id: UUID
    quantity: int
    amount: int


class RepaidTender(Struct, frozen=True, kw_only=True):
    """What of one tender of the plugin goes back to the buyer: the plugin credits it."""

    code: str
    amount: int
    reference: str | None = None


class RefundFact(Struct, frozen=True, kw_only=True):
    """A refund that was recorded. `whole` is true once nothing of the order is left to refund."""

    id: UUID
    at: datetime
    order: OrderSnapshot
    refund_id: UUID
    amount: int
    whole: bool
    lines: tuple[RefundedLine, ...]
    tenders: tuple[RepaidTender, ...] = ()
