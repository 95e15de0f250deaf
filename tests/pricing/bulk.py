"""Random requests without end, from a seed: cheaper than Hypothesis's, and in return never shrunk."""

from __future__ import annotations

from random import Random
from typing import Any

from galleria.core.types import (
    Amount,
    BuyGet,
    Effect,
    FixedPrice,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    Policy,
    PriceLine,
    Threshold,
    Tier,
    Tiered,
)

from .build import RATES, line, offer, request, shipping, store, stores_of, tax
from .test_oracle import ALL, Case

RATES_OFF = (0, 50_000, 100_000, 150_000, 333_333, 500_000, 1_000_000)
CROWDS = (ALL, ALL, (Phase.LINE_DISCOUNT,), (Phase.ORDER_DISCOUNT,), (Phase.SHIPPING_DISCOUNT, Phase.TENDER))
NAMES = ("activity", "member", "reduction", "coupon", "x", "y")


def case(random: Random) -> Case:
    """A request of up to five lines with up to seven offers, in all phases or crowded in one or two."""
    wanted = request(*(_line(random, id_) for id_ in "abcde"[: random.randint(1, 5)]))
    stores = stores_of(wanted)
    ids = [line.id for line in wanted.lines] + [f"shipping:{s}" for s in stores]
    phases = random.choice(CROWDS)
    made = [_offer(random, random.choice(phases), ids, [None, *stores]) for _ in range(random.randint(0, 7))]
    by_key = {(one.phase, one.plugin, one.code, one.store_id): one for one in made}
    quotes = [shipping(random.choice((0, 1, 600, 1001)), s.int) for s in stores]
    taxes = [tax(i, random.choice(RATES), included=random.random() < 0.5) for i in ids if random.random() < 0.4]
    policy = Policy(mall=random.choice((Policy().mall, ("reduction", "member"), ())))
    return wanted, list(by_key.values()), quotes, taxes, policy


def _line(random: Random, id_: str) -> PriceLine:
    price = random.choice((0, 1, 3, 10, 99, 100, 333, 1999, random.randint(0, 5000)))
    minimum = random.choice((0, 0, 0, price // 2, max(0, price - 3), price))
    return line(id_, price, random.randint(1, 4), store_id=store(random.randint(1, 2)), minimum_price=minimum)


def _offer(random: Random, phase: Phase, ids: list[str], scopes: list[Any]) -> Offer:
    def some(of: Any, most: int = 4) -> tuple[str, ...]:
        return tuple(random.sample(of, random.randint(1, min(most, len(of)))))

    threshold = Threshold(_sum(random), random.choice((0, 0, 2, 4)), random.choice((None, some(ids))))
    return offer(
        phase,
        _effect(random, phase),
        plugin=random.choice("pqrs"),
        code=random.choice("123"),
        offer_class=random.choice(("activity", "member", "reduction", "reduction", "other")),
        store_id=random.choice(scopes),
        qualify=random.choice((None, None, some(ids))),
        benefit=random.choice((None, some(ids))),
        threshold=random.choice((None, threshold)),
        cap=None if phase is Phase.UNIT_PRICE else random.choice((None, None, _sum(random))),
        combines_with=random.choice((None, None, (), some(NAMES, 3))),
        tags=random.choice(((), (), ("x",), ("x", "y"))),
        exclusive_group=random.choice((None, None, "g", "h")),
        uses_up_units=random.random() < 0.5,
    )


def _sum(random: Random) -> int:
    return random.choice((0, 1, 5, 10, 99, 100, 500, random.randint(0, 3000)))


def _effect(random: Random, phase: Phase) -> Effect:
    if random.random() < 0.8:
        return _simple(random, phase)
    by = random.choice(list(Measure))
    starts = random.sample(range(7) if by is Measure.COUNT else range(3000), random.randint(1, 3))
    return Tiered(by, tuple(Tier(at, _simple(random, phase)) for at in starts))


def _simple(random: Random, phase: Phase) -> Percent | Amount | FixedPrice | BuyGet:
    rate, per = random.choice(RATES_OFF), Per.UNIT if phase is Phase.UNIT_PRICE else random.choice(list(Per))
    found: list[Percent | Amount | FixedPrice | BuyGet] = [Percent(rate), Amount(_sum(random), per)]
    if phase not in (Phase.FEE, Phase.TENDER):
        found.append(FixedPrice(_sum(random), per))
    if phase in (Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT):
        found.append(BuyGet(random.randint(1, 3), random.randint(1, 2), rate, random.choice((None, None, 1, 2))))
    return random.choice(found)
