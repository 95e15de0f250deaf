"""What is wrong with an offer by itself. Plugins are not trusted to build sensible values."""

from __future__ import annotations

from itertools import repeat
from typing import Any
from uuid import UUID

from ..types import Amount, BuyGet, FixedPrice, Funder, Measure, Offer, Per, Percent, Phase, Threshold, Tiered
from .arithmetic import PPM

_SETS = (tuple, list, frozenset, set)
_ANY = (Percent, Amount, FixedPrice, BuyGet)
_ALLOWED: dict[Phase, tuple[type, ...]] = {
    Phase.UNIT_PRICE: (Percent, Amount, FixedPrice),
    Phase.LINE_DISCOUNT: _ANY,
    Phase.ORDER_DISCOUNT: _ANY,
    Phase.SHIPPING_DISCOUNT: (Percent, Amount, FixedPrice),
    Phase.FEE: (Percent, Amount),
    Phase.TENDER: (Percent, Amount),
}


def fault_of(offer: Offer) -> str | None:
    """Return why an offer cannot be used, or None. Never raises, whatever its fields hold."""
    return (
        _fault_of_texts(offer)
        or _fault_of_effect(offer.effect, offer.phase)
        or _fault_of_threshold(offer.threshold)
        or _fault_of_terms(offer)
        or _fault_of_sets(offer)
    )


def _fault_of_texts(offer: Any) -> str | None:
    for text in (offer.plugin, offer.code, offer.label, offer.offer_class):
        if not isinstance(text, str) or not text:
            return "plugin, code, label and offer_class must be non-empty texts"
    known = isinstance(offer.phase, Phase) and offer.phase in _ALLOWED
    return None if known else f"nothing is offered in phase {offer.phase}"


def _natural(value: object, least: int = 0) -> bool:
    return type(value) is int and value >= least


def _rate(value: object) -> bool:
    return type(value) is int and 0 <= value <= PPM


def _names(value: object) -> bool:
    return isinstance(value, _SETS) and all(map(isinstance, value, repeat(str)))


def _fault_of_effect(effect: object, phase: Phase) -> str | None:
    if isinstance(effect, Tiered):
        return _fault_of_tiers(effect, phase)
    if not isinstance(effect, _ALLOWED[phase]):
        return f"{type(effect).__name__} is no effect of {phase.name}"
    if phase is Phase.UNIT_PRICE and getattr(effect, "per", Per.UNIT) is not Per.UNIT:
        return "a unit price is said per unit"
    return None if _in_range(effect) else f"{effect} has a value out of range"


def _in_range(effect: object) -> bool:
    if isinstance(effect, Percent):
        return _rate(effect.rate_ppm)
    if isinstance(effect, Amount):
        return _natural(effect.amount) and isinstance(effect.per, Per)
    if isinstance(effect, FixedPrice):
        return _natural(effect.price) and isinstance(effect.per, Per)
    if isinstance(effect, BuyGet):
        times = effect.times is None or _natural(effect.times, 1)
        return times and _natural(effect.buy, 1) and _natural(effect.get, 1) and _rate(effect.rate_ppm)
    return False


def _fault_of_tiers(tiered: Tiered, phase: Phase) -> str | None:
    by, tiers = _fields(tiered, "by", "tiers")
    if not isinstance(by, Measure) or not isinstance(tiers, tuple | list) or not tiers:
        return "tiers need a measure and at least one tier"
    starts = [getattr(tier, "at", None) for tier in tiers]
    if not all(_natural(at) for at in starts) or len(set(starts)) < len(starts):
        return "tiers start at distinct measures, none negative"
    effects = [getattr(tier, "effect", None) for tier in tiers]
    if any(isinstance(effect, Tiered) for effect in effects):
        return "a tier has no tiers of its own"
    return next(filter(None, (_fault_of_effect(effect, phase) for effect in effects)), None)


def _fault_of_threshold(threshold: object) -> str | None:
    if threshold is None:
        return None
    if not isinstance(threshold, Threshold) or not _natural(threshold.amount) or not _natural(threshold.count):
        return "a threshold is an amount and a number of units, none negative"
    return None if threshold.lines is None or _names(threshold.lines) else "lines are named by their ids"


def _fault_of_terms(offer: Any) -> str | None:
    if offer.cap is not None and (not _natural(offer.cap) or offer.phase is Phase.UNIT_PRICE):
        return "a cap is not negative, and a unit price has none"
    if offer.store_id is not None and not isinstance(offer.store_id, UUID):
        return "a scope is a store's id"
    for text in (offer.reference, offer.exclusive_group):
        if text is not None and not isinstance(text, str):
            return "a reference and an exclusive group are texts"
    if not isinstance(offer.funder, Funder):
        return "the funder is the store or the platform"
    if offer.platform_share_ppm is not None and not _rate(offer.platform_share_ppm):
        return "the platform's share is between 0 and 1_000_000 ppm"
    return None


def _fault_of_sets(offer: Offer) -> str | None:
    for names in (offer.qualify, offer.benefit, offer.combines_with):
        if names is not None and not _names(names):
            return "lines, classes and tags are sets of texts"
    return None if _names(offer.tags) else "lines, classes and tags are sets of texts"


def _fields(value: object, *names: str) -> tuple[Any, ...]:
    """Return fields without the types that they are declared with."""
    return tuple([getattr(value, name) for name in names])
