"""Why something cannot be bought, as refusals. Pure."""

from __future__ import annotations

from datetime import datetime

from galleria.core.plugin_api import Money, Refusal, Totals, to_major

from . import hours, texts
from .settings import PurchaseRules
from .sharing import Short, Wish


def below_minimum(settings: PurchaseRules, totals: Totals, currency: str, locale: str) -> list[Refusal]:
    """Goods are measured after discounts."""
    has = totals.goods_after_discounts
    if has >= settings.minimum_order:
        return []
    needs = settings.minimum_order
    params = {"needs": Money(needs, currency), "has": Money(has, currency)}
    return [texts.minimum(locale, params, needs=written(needs, currency), has=written(has, currency))]


def out_of_hours(settings: PurchaseRules, now: datetime, locale: str) -> list[Refusal]:
    """`opens_at` is the moment at which sales begin again, null if they do not within a week."""
    zone = settings.zone
    if hours.is_open(settings.sale_hours, zone, now):
        return []
    opens = hours.opens_at(settings.sale_hours, zone, now)
    time = f"{opens.astimezone(zone):%Y-%m-%d %H:%M}" if opens else ""
    return [texts.closed(locale, {"opens_at": opens, "time_zone": settings.time_zone}, time=time)]


def over_limit(short: Short, wish: Wish, locale: str, *, named: bool = True) -> Refusal:
    """`left` is what the shopper may still buy in this period, `wanted` what these lines come to.

    Lines of a cart are `named`; those of an order that is not placed are known to nobody.
    """
    limit = short.limit
    params = {
        "limit_id": limit.id,
        "sku_id": limit.sku_id,
        "product_id": limit.product_id,
        "period": limit.period,
        "allowed": limit.quantity,
        "left": short.left,
        "wanted": short.wanted,
    }
    return texts.limit(locale, limit.period, params, wish.lines_of(limit) if named else ())


def written(amount: int, currency: str) -> str:
    """5000 of CNY is `50.00 CNY`; nobody owes less than nothing for goods."""
    return f"{to_major(max(amount, 0), currency)} {currency}"
