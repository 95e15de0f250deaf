"""Which of many checkouts get the coupons that they want, in order of arrival. Pure: the rows are locked already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from galleria.core.plugin_api import OrderSnapshot
from msgspec import Struct, field

from .terms import Campaign

Word = Literal["already_used", "expired", "not_yours", "limit_reached", "ended"]


class Wish(Struct, kw_only=True):
    """What one checkout wants here: coupons, and campaigns by code, each with the orders that carry it."""

    checkout_id: UUID
    account_id: UUID
    coupons: dict[UUID, list[UUID]] = field(default_factory=dict)
    codes: dict[UUID, list[UUID]] = field(default_factory=dict)


class Locked(Struct, frozen=True, kw_only=True):
    """A coupon, locked, with what its campaign says now."""

    id: UUID
    account_id: UUID
    state: str
    campaign_state: str
    starts_at: datetime
    ends_at: datetime


class Stock(Struct, frozen=True):
    """What there is: coupons and campaigns by id, and how many of a campaign a shopper has had."""

    coupons: Mapping[UUID, Locked]
    campaigns: Mapping[UUID, Campaign]
    had: Mapping[tuple[UUID, UUID], int]


class Hold(Struct, frozen=True, kw_only=True):
    """A coupon that is held from now on; `coupon_id` None: a new one of a campaign with a code."""

    coupon_id: UUID | None
    campaign_id: UUID | None
    account_id: UUID
    checkout_id: UUID
    order_ids: list[UUID]


class Decision(Struct, frozen=True):
    """`refused` says why, by checkout: such a checkout holds nothing."""

    holds: Sequence[Hold]
    refused: Mapping[UUID, Word]


def wishes_of(orders: Sequence[OrderSnapshot]) -> list[Wish]:
    """One wish for each checkout that carries a coupon, in order of arrival; orders of a mall's checkout share it."""
    found: dict[UUID, Wish] = {}
    for order in orders:
        for adjustment in order.adjustments:
            kind, _, name = (adjustment.reference or "").partition(":")
            if kind in ("coupon", "code"):
                new = Wish(checkout_id=order.checkout_id, account_id=order.account_id)
                wish = found.setdefault(order.checkout_id, new)
                wanted = wish.coupons if kind == "coupon" else wish.codes
                wanted.setdefault(UUID(name), []).append(order.id)
    return list(found.values())


def decide(wishes: Sequence[Wish], stock: Stock, now: datetime) -> Decision:
    """Grant a wish as a whole or refuse it as a whole; what one takes, the later ones lack."""
    holds: list[Hold] = []
    refused: dict[UUID, Word] = {}
    taken = _Taken()
    for wish in wishes:
        word = _objection(wish, stock, taken, now)
        if word is None:
            holds += _holds(wish)
            taken.add(wish)
        else:
            refused[wish.checkout_id] = word
    return Decision(holds, refused)


class _Taken:
    """What the wishes that were granted before have taken."""

    def __init__(self) -> None:
        self.coupons: set[UUID] = set()
        self.codes: Counter[UUID] = Counter()
        self.by_shopper: Counter[tuple[UUID, UUID]] = Counter()

    def add(self, wish: Wish) -> None:
        self.coupons.update(wish.coupons)
        self.codes.update(wish.codes.keys())
        self.by_shopper.update((campaign_id, wish.account_id) for campaign_id in wish.codes)


def _objection(wish: Wish, stock: Stock, taken: _Taken, now: datetime) -> Word | None:
    words = [_about_coupon(wish, stock.coupons.get(coupon_id), taken, now) for coupon_id in wish.coupons]
    words += [_about_code(wish, campaign_id, stock, taken, now) for campaign_id in wish.codes]
    return next((word for word in words if word is not None), None)


def _about_coupon(wish: Wish, coupon: Locked | None, taken: _Taken, now: datetime) -> Word | None:
    if coupon is None or coupon.account_id != wish.account_id:
        return "not_yours"
    if coupon.state != "claimed" or coupon.id in taken.coupons:
        return "already_used"
    if coupon.campaign_state != "active":
        return "ended"
    return None if coupon.starts_at <= now < coupon.ends_at else "expired"


def _about_code(wish: Wish, campaign_id: UUID, stock: Stock, taken: _Taken, now: datetime) -> Word | None:
    campaign = stock.campaigns.get(campaign_id)
    if campaign is None or campaign.how != "code" or campaign.state != "active":
        return "ended"
    if not campaign.is_on(now):
        return "expired"
    shopper = (campaign_id, wish.account_id)
    had = stock.had.get(shopper, 0) + taken.by_shopper[shopper]
    own_limit = campaign.shopper_limit is not None and had >= campaign.shopper_limit
    return "limit_reached" if own_limit or campaign.is_used_up(campaign.claimed + taken.codes[campaign_id]) else None


def _holds(wish: Wish) -> list[Hold]:
    coupons = [(coupon_id, None, orders) for coupon_id, orders in wish.coupons.items()]
    codes = [(None, campaign_id, orders) for campaign_id, orders in wish.codes.items()]
    return [
        Hold(
            coupon_id=coupon_id,
            campaign_id=campaign_id,
            account_id=wish.account_id,
            checkout_id=wish.checkout_id,
            order_ids=orders,
        )
        for coupon_id, campaign_id, orders in (*coupons, *codes)
    ]
