"""From coupons and full reductions to offers. Pure: the price engine decides what applies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import (
    Amount,
    Ask,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    PriceLine,
    PriceRequest,
    Threshold,
    Tier,
    Tiered,
    text_of,
)
from msgspec import Struct

from .terms import Campaign, CouponScope, CouponTier, Reduction

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,23}")
"""As campaigns may have them: shorter than any id."""


class Found(Struct, frozen=True, kw_only=True):
    """A coupon, or with `coupon_id` None a code, that the shopper asked for and may use but for the time."""

    campaign: Campaign
    coupon_id: UUID | None

    @property
    def reference(self) -> str:
        return f"code:{self.campaign.id}" if self.coupon_id is None else f"coupon:{self.coupon_id}"


class Asked(Struct, frozen=True):
    """What asks name: coupons by id, and codes as they are stored."""

    coupon_ids: tuple[UUID, ...]
    codes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.coupon_ids or self.codes)


def asked(asks: Iterable[Ask]) -> Asked:
    """Sort out the references; what is neither an id nor could be a code is left out."""
    ids: list[UUID] = []
    codes: list[str] = []
    for ask in asks:
        code = normal_code(ask.reference)
        if _CODE.fullmatch(code):
            codes.append(code)
        elif (found := _id(ask.reference)) is not None:
            ids.append(found)
    return Asked(tuple(ids), tuple(codes))


def normal_code(text: str) -> str:
    """Codes are told on the phone and typed by hand: case and outer blanks do not count."""
    return text.strip().upper()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def coupon_offers(request: PriceRequest, found: Sequence[Found], *, most: int) -> list[Offer]:
    """The first `most` of what was asked for that is usable now and covers something, in the order of the asks."""
    rank = {reference: at for at, reference in reversed(list(enumerate(_references(request.asks))))}
    wanted = sorted(found, key=lambda one: rank.get(_asked_as(one), len(rank)))
    usable = [one for one in wanted if one.campaign.is_on(request.now) and one.campaign.currency == request.currency]
    offers = (coupon_offer(one, request.lines, request.locale) for one in usable)
    return [offer for offer in offers if offer is not None][:most]


def _references(asks: Iterable[Ask]) -> Iterator[str]:
    for ask in asks:
        one = asked([ask])
        yield from map(str, (*one.coupon_ids, *one.codes))


def _asked_as(one: Found) -> str:
    return str(one.coupon_id or one.campaign.code)


def coupon_offer(one: Found, lines: Sequence[PriceLine], locale: str) -> Offer | None:
    """The offer of a coupon, or None where it covers no line."""
    terms = one.campaign
    benefit = lines_of(terms.scope, lines)
    if benefit == ():
        return None
    return Offer(
        code=one.reference,
        reference=one.reference,
        label=text_of(terms.name, locale),
        offer_class="coupon",
        phase=Phase.ORDER_DISCOUNT,
        effect=_effect(terms),
        benefit=benefit,
        threshold=Threshold(amount=terms.threshold) if terms.threshold else None,
        cap=terms.cap,
        combines_with=terms.combines_with,
        funder=terms.funder,
        platform_share_ppm=terms.platform_share_ppm,
    )


def reduction_offers(request: PriceRequest, active: Sequence[Reduction]) -> list[Offer]:
    """One offer for each reduction that is on now and covers something; those that may be combined all apply."""
    on = (one for one in active if one.is_on(request.now) and one.currency == request.currency)
    offers = (reduction_offer(one, request.lines, request.locale) for one in on)
    return [offer for offer in offers if offer is not None]


def reduction_offer(terms: Reduction, lines: Sequence[PriceLine], locale: str) -> Offer | None:
    """The offer of a full reduction, or None where it covers no line."""
    benefit = lines_of(terms.scope, lines)
    if benefit == ():
        return None
    return Offer(
        code=f"reduction:{terms.id}",
        reference=f"reduction:{terms.id}",
        label=text_of(terms.name, locale),
        offer_class="reduction",
        phase=Phase.ORDER_DISCOUNT,
        effect=Tiered(Measure.AMOUNT, tuple(Tier(tier.at, _effect(tier)) for tier in terms.tiers)),
        benefit=benefit,
        cap=terms.cap,
        combines_with=terms.combines_with,
        funder=terms.funder,
        platform_share_ppm=terms.platform_share_ppm,
    )


def lines_of(scope: CouponScope, lines: Sequence[PriceLine]) -> tuple[str, ...] | None:
    """The ids of the lines in scope; None stands for all of them."""
    return None if scope.is_all else tuple(line.id for line in lines if scope.covers(line))


def _effect(terms: Campaign | CouponTier) -> Percent | Amount:
    return Percent(terms.rate_ppm) if terms.rate_ppm else Amount(terms.amount, Per.ONCE)


def is_claimable(campaign: Campaign, now: datetime) -> bool:
    """Whether somebody may claim a coupon of it now."""
    return campaign.how == "claim" and campaign.is_on(now) and not campaign.is_used_up()
