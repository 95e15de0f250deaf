"""Which terms make sense, and what of them may still change. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from .terms import Campaign, CouponTier, Reduction

ALWAYS_OPEN = frozenset({"name", "ends_at", "total_limit", "shopper_limit"})
"""What may change while a promotion is active; the end only to a later moment."""

_YEARS = range(2000, 2200)


class Fault(Struct, frozen=True):
    """A field, and a stable word for what is wrong with it."""

    path: str
    code: str
    detail: str

    @property
    def entry(self) -> dict[str, str]:
        """As an entry of a problem's `errors`."""
        return {"path": self.path, "code": self.code, "detail": self.detail}


def faults(shape: type[Campaign | Reduction], said: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the fields of a campaign or a reduction, each by itself and together."""
    yield from window_faults(said["starts_at"], said["ends_at"])
    if shape is Reduction:
        yield from tier_faults(said["tiers"])
        return
    yield from discount_faults(said)
    if "how" in said:
        yield from code_faults(said["how"], said["code"])


def window_faults(starts_at: datetime, ends_at: datetime) -> Iterator[Fault]:
    for path, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment.year not in _YEARS:
            yield Fault(path, "out_of_range", "from 2000 to 2199")
    if starts_at >= ends_at:
        yield Fault("ends_at", "before_start", "ends after it starts")


def discount_faults(said: Mapping[str, Any]) -> Iterator[Fault]:
    if said["kind"] == "amount_off":
        if not said["amount"] or said["rate_ppm"] or said["cap"] is not None:
            yield Fault("amount", "amount_needed", "an amount off has an amount, and neither rate nor cap")
    elif not said["rate_ppm"] or said["amount"]:
        yield Fault("rate_ppm", "rate_needed", "a percentage has a rate, and no amount")


def code_faults(how: str, code: str | None) -> Iterator[Fault]:
    if (how == "code") != (code is not None):
        yield Fault("code", "code_mismatch", "a code is for campaigns with a code, and for no other")


def tier_faults(tiers: Sequence[CouponTier]) -> Iterator[Fault]:
    if len({tier.at for tier in tiers}) < len(tiers):
        yield Fault("tiers", "repeated_tier", "each tier starts at an amount of its own")
    for index, tier in enumerate(tiers):
        if bool(tier.amount) == bool(tier.rate_ppm):
            yield Fault(f"tiers.{index}", "one_effect", "an amount or a rate, and not both")


def frozen_changes(before: Campaign | Reduction, said: Mapping[str, Any]) -> list[str]:
    """The fields of an active promotion that would change and must not, sorted."""
    return sorted(name for name, value in said.items() if name not in ALWAYS_OPEN and getattr(before, name) != value)


def limit_faults(before: Campaign, said: Mapping[str, Any], most_by_one: int) -> Iterator[Fault]:
    """A limit is not lowered below what was claimed: in total, and by the shopper who has most."""
    if said["total_limit"] is not None and said["total_limit"] < before.claimed:
        yield Fault("total_limit", "below_claimed", f"{before.claimed} are claimed")
    if said["shopper_limit"] is not None and said["shopper_limit"] < most_by_one:
        yield Fault("shopper_limit", "below_claimed", f"a shopper has {most_by_one}")


def end_faults(before: Campaign | Reduction, ends_at: datetime) -> Iterator[Fault]:
    """Shoppers were told the end: it may come later, never earlier."""
    if ends_at < before.ends_at:
        yield Fault("ends_at", "moved_earlier", "end it now, or let it last")
