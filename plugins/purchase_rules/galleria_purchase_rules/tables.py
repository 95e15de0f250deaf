"""Limits and what was bought under them, alerts of low stock, and orders that are reviewed."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Date, Integer, Timestamptz, Varchar
from piccolo.table import Table


class PurchaseRulesLimit(Table, tablename="purchase_rules_limit"):
    """At most `quantity` units of a SKU or of a product, for each shopper, in each `period`.

    A limit that was taken away keeps its row, and what was counted under it.
    """

    id = UUID(primary_key=True)
    store_id = UUID()
    sku_id = UUID(null=True, default=None)
    product_id = UUID(null=True, default=None)
    period = Varchar(length=8)
    quantity = Integer()
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()
    removed_at = Timestamptz(null=True, default=None)


class PurchaseRulesCounter(Table, tablename="purchase_rules_counter"):
    """What one shopper has taken of a limit in the period that began on the local day `period_start`.

    `allowed` is the limit that was in force when units were last taken.
    """

    id = UUID(primary_key=True)
    store_id = UUID()
    limit_id = UUID()
    account_id = UUID()
    period_start = Date()
    used = Integer(default=0)
    allowed = Integer()


class PurchaseRulesUse(Table, tablename="purchase_rules_use"):
    """Units that a line of an order has taken of a limit, and how many of them were given back."""

    id = UUID(primary_key=True)
    store_id = UUID()
    limit_id = UUID()
    account_id = UUID()
    period_start = Date()
    order_id = UUID()
    line_id = UUID()
    quantity = Integer()
    given_back = Integer(default=0)


class PurchaseRulesRefund(Table, tablename="purchase_rules_refund"):
    """A refund that was taken note of: none gives units back twice."""

    refund_id = UUID(primary_key=True)
    store_id = UUID()
    order_id = UUID()


class PurchaseRulesAlert(Table, tablename="purchase_rules_alert"):
    """An order has taken a SKU's stock down to `available` units, at or below `low_at`. One a SKU is open."""

    id = UUID(primary_key=True)
    store_id = UUID()
    sku_id = UUID()
    order_id = UUID()
    available = Integer()
    low_at = Integer()
    raised_at = Timestamptz()
    closed_at = Timestamptz(null=True, default=None)
    closed_by = UUID(null=True, default=None)


class PurchaseRulesReview(Table, tablename="purchase_rules_review"):
    """An order that waits for a release, or was released. `total` is minor units of `currency`.

    Waiting rows are a list for people: what may be sent is decided by the order's total and `released_at`.
    """

    order_id = UUID(primary_key=True)
    store_id = UUID()
    number = Varchar(length=24)
    total = BigInt()
    currency = Varchar(length=3)
    placed_at = Timestamptz()
    released_at = Timestamptz(null=True, default=None)
    released_by = UUID(null=True, default=None)
    cancelled_at = Timestamptz(null=True, default=None)
