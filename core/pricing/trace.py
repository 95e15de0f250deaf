"""What is written down of an offer: an adjustment when it is applied, and a trace entry in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..types import Funder, Offer, TraceEntry
from .arithmetic import PPM
from .candidates import SimpleEffect
from .sheet import Sheet

_TERMS = ("qualify", "benefit", "threshold", "cap", "combines_with", "exclusive_group")


def note(sheet: Sheet, offer: Offer, outcome: str, detail: Mapping[str, Any]) -> None:
    """Say in the trace what became of an offer, by its label if it is not applied: an adjustment has its own."""
    if outcome != "applied" and isinstance(offer.label, str):
        detail = {"label": offer.label, **detail}
    entry = TraceEntry(
        plugin=offer.plugin,
        code=offer.code,
        phase=offer.phase,
        outcome=outcome,
        store_id=offer.store_id,
        detail=detail,
    )
    sheet.trace.append(entry)


def record(
    sheet: Sheet, offer: Offer, effect: SimpleEffect, changes: Mapping[int, int], basis: int, how: Mapping[str, Any]
) -> None:
    """Put an applied offer on the sheet: its adjustment, and its trace entry with the search's figures."""
    adjustment = sheet.adjust(
        changes,
        phase=offer.phase,
        plugin=offer.plugin,
        code=offer.code,
        label=offer.label,
        store_id=offer.store_id,
        reference=offer.reference,
        basis=basis,
        funder=offer.funder,
        platform_share_ppm=platform_share(offer),
        definition=definition(offer, effect),
    )
    note(sheet, offer, "applied", {"amount": adjustment.amount, **how})


def platform_share(offer: Offer) -> int:
    """Return the part of the offer that the platform bears, in parts per million."""
    if offer.platform_share_ppm is not None:
        return offer.platform_share_ppm
    return PPM if offer.funder is Funder.PLATFORM else 0


def definition(offer: Offer, effect: SimpleEffect) -> dict[str, Any]:
    """Return the terms of an applied offer as plain values; `tier` is the effect that its tiers came to."""
    terms = {"class": offer.offer_class, "effect": msgspec.to_builtins(offer.effect)}
    if effect is not offer.effect:
        terms["tier"] = msgspec.to_builtins(effect)
    for name in _TERMS:
        value = getattr(offer, name)
        if value is not None:
            terms[name] = msgspec.to_builtins(value)
    if offer.tags:
        terms["tags"] = list(offer.tags)
    if offer.uses_up_units:
        terms["uses_up_units"] = True
    return terms
