"""An offer that was taken in, with what is worked out of it once, and whether two of them may meet on a line."""

from __future__ import annotations

from msgspec import Struct

from ..types import Offer, Phase

Key = tuple[str, str, int]


class Proposal(Struct, frozen=True):
    """`level` is the position of its class in the policy, `named` whom it agrees to, `labels` what it is named by.

    One that is not `strict` excludes nobody by itself.
    """

    offer: Offer
    key: Key
    level: int
    named: frozenset[str] | None
    labels: tuple[str, ...]
    strict: bool


def key_of(offer: Offer) -> Key:
    """Return what ties are decided by: plugin, code, scope (the mall first)."""
    return offer.plugin, offer.code, -1 if offer.store_id is None else offer.store_id.int


def proposal_of(offer: Offer, level: int) -> Proposal:
    names = offer.combines_with
    named = None if names is None else frozenset(names)
    strict = named is not None or offer.exclusive_group is not None or offer.phase is Phase.UNIT_PRICE
    return Proposal(offer, key_of(offer), level, named, (offer.offer_class, *offer.tags), strict)


def same_group(one: Offer, other: Offer) -> bool:
    """Say whether both are in one exclusive group. Stores do not share groups; the mall's reach into all."""
    if one.exclusive_group is None or one.exclusive_group != other.exclusive_group:
        return False
    return one.store_id == other.store_id or one.store_id is None or other.store_id is None


def may_share(one: Proposal, other: Proposal) -> bool:
    """Say whether both may be applied to one line: neither a group nor a missing consent keeps them apart."""
    if not (one.strict or other.strict):
        return True
    if same_group(one.offer, other.offer) or one.offer.phase is other.offer.phase is Phase.UNIT_PRICE:
        return False
    agrees = one.named is None or not one.named.isdisjoint(other.labels)
    return agrees and (other.named is None or not other.named.isdisjoint(one.labels))
