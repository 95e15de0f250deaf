"""The pricing rules once more, as plainly as they can be said, and slowly: what the engine is checked against.

It knows the exchanged types alone. Amounts are held in dicts by row id, units in lists, shares as fractions,
and every subset of a component is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import floor
from typing import Any

from galleria.core.types import (
    Amount,
    BuyGet,
    LineKind,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    Policy,
    PriceRequest,
    ShippingQuote,
    TaxRow,
    Tiered,
)

MILLION = 1_000_000
GOODS, SHIPPING, FEE = LineKind.GOODS, LineKind.SHIPPING, LineKind.FEE
BENEFIT = {Phase.SHIPPING_DISCOUNT: {SHIPPING}, Phase.FEE: {GOODS, SHIPPING}, Phase.TENDER: {GOODS, SHIPPING, FEE}}
QUALIFY = {**BENEFIT, Phase.SHIPPING_DISCOUNT: {GOODS, SHIPPING}}
Takes = dict[str, int]


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def key(offer: Offer) -> tuple[str, str, int]:
    return offer.plugin, offer.code, -1 if offer.store_id is None else offer.store_id.int


def spread(amount: int, weights: Takes, rooms: Takes) -> Takes:
    open_ = {i: w for i, w in weights.items() if rooms[i] > 0}
    amount = min(amount, sum(rooms[i] for i in open_))
    if not amount:
        return {}
    if not sum(open_.values()):
        open_ = dict.fromkeys(open_, 1)
    quotas = {i: Fraction(amount * w, sum(open_.values())) for i, w in open_.items()}
    shares = {i: floor(quota) for i, quota in quotas.items()}
    for i in sorted(quotas, key=lambda i: shares[i] - quotas[i])[: amount - sum(shares.values())]:
        shares[i] += 1
    held = {i: rooms[i] for i in shares if shares[i] > rooms[i]}
    if not held:
        return {i: share for i, share in shares.items() if share}
    rest = {i: w for i, w in weights.items() if i in open_ and i not in held}
    return {**held, **spread(amount - sum(held.values()), rest, rooms)}


class Entrant:
    """An offer with what is fixed at the level's start."""

    def __init__(self, offer: Offer, effect: Any, qualify: set[str], benefit: set[str], counted: Takes) -> None:
        self.offer, self.effect, self.counted = offer, effect, counted
        self.qualify, self.benefit = qualify, benefit
        self.key, self.order = key(offer), (isinstance(effect, Percent), key(offer))

    @property
    def lines(self) -> set[str]:
        return self.qualify | self.benefit

    def without(self, lost: set[str]) -> Entrant:
        return Entrant(self.offer, self.effect, self.qualify - lost, self.benefit - lost, self.counted)


class Oracle:
    def __init__(self, request: PriceRequest, policy: Policy) -> None:
        self.policy = policy
        self.quantity: Takes = {}
        self.minimum: Takes = {}
        self.store: dict[str, Any] = {}
        self.kind: dict[str, LineKind] = {}
        self.amount: Takes = {}
        self.balances: dict[str, list[int]] = {}
        self.used: Takes = {}
        self.bound: list[tuple[Offer, set[str]]] = []
        self.applied: list[tuple[Phase, tuple[str, str, int], Takes]] = []
        for line in request.lines:
            total, least = line.list_price * line.quantity, line.minimum_price * line.quantity
            self.add(line.id, line.store_id, GOODS, line.quantity, total, least)

    def add(self, id_: str, store: Any, kind: LineKind, quantity: int, amount: int, minimum: int = 0) -> None:
        self.quantity[id_], self.minimum[id_], self.store[id_] = quantity, minimum, store
        self.kind[id_], self.amount[id_], self.balances[id_], self.used[id_] = kind, amount, [amount], 0

    def scope(self, offer: Offer, kinds: set[LineKind]) -> set[str]:
        return {i for i in self.amount if self.kind[i] in kinds and offer.store_id in (None, self.store[i])}

    # -- who competes ------------------------------------------------------------------------------

    def enter(self, offer: Offer) -> Entrant | None:  # noqa: C901 - the rules are read in one piece
        phase = offer.phase
        benefit = self.scope(offer, BENEFIT.get(phase, {GOODS}))
        if offer.benefit is not None:
            benefit &= set(offer.benefit)
        elif phase is Phase.FEE:
            benefit = self.scope(offer, {GOODS})
        if offer.qualify is not None:
            qualify = self.scope(offer, QUALIFY.get(phase, {GOODS})) & set(offer.qualify)
        else:
            qualify = self.scope(offer, {GOODS}) if phase is Phase.SHIPPING_DISCOUNT else benefit
        for other, lines in self.bound:
            if phase is not Phase.FEE and not may_share(offer, other):
                qualify, benefit = qualify - lines, benefit - lines
        if not qualify or not benefit:
            return None
        measured, need = qualify, offer.threshold
        if need is not None and need.lines is not None:
            measured = self.scope(offer, set(LineKind)) & set(need.lines)
        free = {i: self.quantity[i] - self.used[i] for i in measured if self.amount[i]}
        amount, count = sum(self.amount[i] for i in measured), sum(free.values())
        if need is not None and (amount < need.amount or count < need.count):
            return None
        effect, counts = offer.effect, need is not None and need.count > 0
        if isinstance(effect, Tiered):
            counts = counts or effect.by is Measure.COUNT
            have = count if effect.by is Measure.COUNT else amount
            tiers = {tier.at: tier.effect for tier in effect.tiers if tier.at <= have}
            if not tiers:
                return None
            effect = tiers[max(tiers)]
        return Entrant(offer, effect, qualify, benefit, free if counts else {})

    # -- what an offer takes -----------------------------------------------------------------------

    def take(self, e: Entrant, amount: Takes, used: Takes) -> tuple[Takes, Takes]:
        phase, effect, cap = e.offer.phase, e.effect, e.offer.cap
        rows = [i for i in amount if i in e.benefit]
        base = {i: amount[i] for i in rows}
        least = dict.fromkeys(amount, 0) if phase is Phase.TENDER else self.minimum
        rooms = {i: max(0, amount[i] - least[i]) for i in rows}
        units = e.counted
        whole = None
        if isinstance(effect, BuyGet):
            wants, units = self.buy_get(e, effect, amount, used)
        elif isinstance(effect, Percent):
            rate = Fraction(effect.rate_ppm, MILLION)
            whole = half_up(sum(base.values()) * rate)
            if phase is Phase.UNIT_PRICE:
                whole = None
                wants = {i: half_up(base[i] // self.quantity[i] * rate) * self.quantity[i] for i in rows}
            elif phase is Phase.LINE_DISCOUNT:
                whole = None
                wants = {i: half_up(base[i] * rate) for i in rows}
        elif effect.per is Per.ONCE:
            whole = effect.amount if isinstance(effect, Amount) else max(0, sum(base.values()) - effect.price)
        else:
            times = {i: self.quantity[i] if effect.per is Per.UNIT else 1 for i in rows}
            if isinstance(effect, Amount):
                wants = {i: effect.amount * times[i] for i in rows}
            else:
                wants = {i: max(0, base[i] - effect.price * times[i]) for i in rows}
        if whole is not None:
            return spread(whole if cap is None else min(whole, cap), base, rooms), units
        takes = {i: t for i in rows if (t := min(wants.get(i, 0), rooms[i]))}
        if cap is not None and sum(takes.values()) > cap:
            takes = spread(cap, {i: base[i] for i in takes}, takes)
        return takes, units

    def buy_get(self, e: Entrant, effect: BuyGet, amount: Takes, used: Takes) -> tuple[Takes, Takes]:
        rows = [i for i in amount if i in e.lines and amount[i]]
        worth = {i: Fraction(amount[i], self.quantity[i]) for i in rows}
        units = [i for i in rows for _ in range(self.quantity[i] - used[i])]
        best: tuple[list[str], list[str]] = ([], [])
        for times in range(1, 1 + min(len(units), effect.times or len(units))):
            given = sorted((i for i in units if i in e.benefit), key=lambda i: worth[i])[: times * effect.get]
            rest = list(units)
            for i in given:
                rest.remove(i)
            bought = sorted((i for i in rest if i in e.qualify), key=lambda i: -worth[i])[: times * effect.buy]
            if len(given) == times * effect.get and len(bought) == times * effect.buy:
                best = given, bought
        given, bought = best
        rate = Fraction(effect.rate_ppm, MILLION)
        wants = {i: half_up(worth[i] * given.count(i) * rate) for i in set(given)}
        counted = {i: max(e.counted.get(i, 0), (given + bought).count(i)) for i in {*given, *bought, *e.counted}}
        return wants, counted

    # -- which set is chosen -----------------------------------------------------------------------

    def play(self, chosen: list[Entrant]) -> tuple[list[tuple[Entrant, Takes]], Takes, Takes]:
        """Apply a set from here, without keeping it."""
        amount, used, result = dict(self.amount), dict(self.used), []
        for e in sorted(self.divide(chosen), key=lambda e: e.order):
            takes, units = self.take(e, amount, used)
            result.append((e, takes))
            for i, t in takes.items():
                amount[i] -= t
            if takes and e.offer.uses_up_units:
                for i, n in units.items():
                    used[i] = min(self.quantity[i], used[i] + n)
        return result, amount, used

    def divide(self, chosen: list[Entrant]) -> list[Entrant]:
        """Give each line of an exclusive group (of a unit price: of the level) to the cheapest offer."""
        phase = chosen[0].offer.phase if chosen else None
        if phase not in (Phase.UNIT_PRICE, Phase.LINE_DISCOUNT):
            return chosen
        alone = {e.key: self.take(e, self.amount, self.used)[0] for e in chosen}
        result = []
        for e in chosen:
            lost = set()
            for i in e.lines:
                for other in chosen:
                    rivals = phase is Phase.UNIT_PRICE or same_group(e.offer, other.offer)
                    better = (-alone[other.key].get(i, 0), other.key) < (-alone[e.key].get(i, 0), e.key)
                    if rivals and i in other.lines and better:
                        lost.add(i)
            if phase is Phase.UNIT_PRICE:
                lost |= e.lines - alone[e.key].keys()
            result.append(e.without(lost))
        return result

    def choose(self, component: list[Entrant]) -> list[Entrant]:
        best: tuple[int, list[Any]] = (0, [])
        winner: list[Entrant] = []
        for size in range(1, len(component) + 1):
            for chosen in map(list, combinations(component, size)):
                if any(conflict(a, b) for a, b in combinations(chosen, 2)):
                    continue
                played = self.play(chosen)[0]
                rank = (-sum(sum(t.values()) for _, t in played), sorted(e.key for e in chosen))
                if all(takes for _, takes in played) and rank < best:
                    best, winner = rank, chosen
        return winner

    def settle(self, entrants: list[Entrant]) -> tuple[list[tuple[Entrant, Takes]], Takes, Takes]:
        """Choose and apply; where groups divide lines, again until the applied offers alone give the same."""
        chosen: list[Entrant] = []
        for component in components(entrants):
            alone = len(component) == 1 or component[0].offer.phase is Phase.UNIT_PRICE
            chosen += component if alone else self.choose(component)
        result = self.play(chosen)
        applied = {e.key for e, takes in result[0] if takes}
        if len(applied) == len(entrants) or entrants[0].offer.phase is not Phase.LINE_DISCOUNT:
            return result
        return self.settle([e for e in entrants if e.key in applied])

    def run(self, phase: Phase, offers: list[Offer]) -> None:
        mine = [offer for offer in offers if offer.phase is phase]
        for level in sorted({self.policy.level(offer) for offer in mine}):
            entrants = [e for o in mine if self.policy.level(o) == level and (e := self.enter(o))]
            played, self.amount, self.used = self.settle(entrants)
            for e, takes in played:
                if takes:
                    self.applied.append((phase, e.key, takes))
                    if phase is not Phase.TENDER:
                        self.bound.append((e.offer, e.lines))
                        for i, t in takes.items():
                            self.balances[i].append(self.balances[i][-1] - t)

    # -- fees and taxes ----------------------------------------------------------------------------

    def fees(self, offers: list[Offer]) -> None:
        found = []
        for offer in sorted((o for o in offers if o.phase is Phase.FEE), key=key):
            e = self.enter(offer)
            if e is None:
                continue
            base = {i: a for i, a in self.amount.items() if i in e.benefit}
            endless = dict.fromkeys(base, 10**12)
            cap = 10**12 if offer.cap is None else offer.cap
            if isinstance(e.effect, Percent):
                parts = spread(
                    min(cap, half_up(Fraction(sum(base.values()) * e.effect.rate_ppm, MILLION))), base, endless
                )
            elif e.effect.per is Per.ONCE:
                parts = spread(min(cap, e.effect.amount), base, endless)
            else:
                parts = {i: e.effect.amount * (self.quantity[i] if e.effect.per is Per.UNIT else 1) for i in base}
                parts = spread(min(cap, sum(parts.values())), parts, parts)
            for store in dict.fromkeys(self.store[i] for i in base):
                amount = sum(t for i, t in parts.items() if self.store[i] == store)
                kind = "fee" if offer.store_id else "mall-fee"
                found.append((f"{kind}:{store}:{offer.plugin}:{offer.code}", store, amount))
        for id_, store, amount in found:
            if amount:
                self.add(id_, store, FEE, 1, amount)

    def tax(self, taxes: list[TaxRow]) -> None:
        base = dict(self.amount)
        for tax in sorted(taxes, key=lambda t: (t.plugin, t.code, t.label, t.rate_ppm)):
            added = half_up(Fraction(base[tax.line_id] * tax.rate_ppm, MILLION))
            if added and not tax.included:
                self.amount[tax.line_id] += added
                self.balances[tax.line_id].append(self.amount[tax.line_id])


def consents(one: Offer, other: Offer) -> bool:
    return one.combines_with is None or bool({other.offer_class, *other.tags} & set(one.combines_with))


def same_group(one: Offer, other: Offer) -> bool:
    reach = one.store_id == other.store_id or None in (one.store_id, other.store_id)
    return one.exclusive_group is not None and one.exclusive_group == other.exclusive_group and reach


def may_share(one: Offer, other: Offer) -> bool:
    if one.phase is other.phase is Phase.UNIT_PRICE or same_group(one, other):
        return False
    return consents(one, other) and consents(other, one)


def conflict(one: Entrant, other: Entrant) -> bool:
    if same_group(one.offer, other.offer):
        return one.offer.phase is not Phase.LINE_DISCOUNT
    return bool(one.lines & other.lines) and not may_share(one.offer, other.offer)


def components(entrants: list[Entrant]) -> Iterator[list[Entrant]]:
    left = list(entrants)
    while left:
        group = [left.pop()]
        for e in group:
            near = [o for o in left if conflict(e, o) or (e.lines & o.lines and same_group(e.offer, o.offer))]
            group += near
            left = [o for o in left if o not in near]
        yield group


def price(
    request: PriceRequest,
    offers: list[Offer],
    shipping: list[ShippingQuote],
    taxes: list[TaxRow],
    policy: Policy,
) -> Oracle:
    """Price a request: `balances` by row, `applied` takings in no particular order, `amount` still due by row."""
    oracle = Oracle(request, policy)
    for phase in (Phase.UNIT_PRICE, Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT):
        oracle.run(phase, offers)
    for store in dict.fromkeys(line.store_id for line in request.lines):
        for quote in shipping:
            if quote.store_id == store:
                oracle.add(f"shipping:{store}", store, SHIPPING, 1, quote.amount)
    oracle.run(Phase.SHIPPING_DISCOUNT, offers)
    oracle.fees(offers)
    oracle.tax(taxes)
    oracle.run(Phase.TENDER, offers)
    return oracle
