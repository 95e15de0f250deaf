"""Campaigns, reductions and lines as values, for what is pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from galleria.core.plugin_api import Ask, PriceLine, PriceRequest
from galleria_coupons.terms import Campaign, CouponScope, CouponTier, Reduction

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAME = {"zh-CN": "券", "en": "Coupon"}


def _shared(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": uuid4(), "store_id": None, "name": NAME, "currency": "CNY", "cap": None, "scope": CouponScope(),
        "combines_with": None, "platform_share_ppm": 0, "starts_at": NOW - timedelta(days=1),
        "ends_at": NOW + timedelta(days=1), "state": "active", "version": 1,
    }  # fmt: skip
    return {**plain, **more}


def campaign(**more: Any) -> Campaign:
    plain: dict[str, Any] = {
        "kind": "amount_off", "amount": 500, "rate_ppm": 0, "threshold": 0, "how": "claim", "code": None,
        "total_limit": None, "shopper_limit": None, "refund_policy": "returned_when_all_refunded", "claimed": 0,
    }  # fmt: skip
    return Campaign(**_shared(**{**plain, **more}))


def reduction(*tiers: tuple[int, int], **more: Any) -> Reduction:
    """Tiers are (at, amount)."""
    return Reduction(**_shared(tiers=tuple(CouponTier(at=at, amount=amount) for at, amount in tiers), **more))


def line(name: str = "a", **more: Any) -> PriceLine:
    plain: dict[str, Any] = {
        "id": name, "store_id": uuid4(), "sku_id": uuid4(), "product_id": uuid4(), "quantity": 1, "list_price": 1_000,
    }  # fmt: skip
    return PriceLine(**{**plain, **more})


def request(*lines: PriceLine, asks: Any = (), now: datetime = NOW, currency: str = "CNY") -> PriceRequest:
    asked = tuple(Ask(plugin="coupons", reference=reference) for reference in asks)
    return PriceRequest(currency=currency, now=now, lines=lines or (line(),), asks=asked, shopper_id=UUID(int=1))
