"""The engine against the oracle, on random requests."""

from __future__ import annotations

from random import Random

import pytest
from galleria.core.pricing.engine import price
from galleria.core.types import Offer, Phase, Policy, PriceRequest, Quote, ShippingQuote, TaxRow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import oracle
from .build import offers, requests, shippings, taxes
from .invariants import check_sums

ALL = (
    Phase.UNIT_PRICE,
    Phase.LINE_DISCOUNT,
    Phase.ORDER_DISCOUNT,
    Phase.SHIPPING_DISCOUNT,
    Phase.FEE,
    Phase.TENDER,
)
Case = tuple[PriceRequest, list[Offer], list[ShippingQuote], list[TaxRow], Policy]


@st.composite
def cases(draw: st.DrawFn, phases: tuple[Phase, ...] = ALL, most: int = 8) -> Case:
    wanted = draw(requests())
    policy = Policy(mall=draw(st.sampled_from((Policy().mall, ("reduction", "member"), ()))))
    return wanted, draw(offers(wanted, phases, most)), draw(shippings(wanted)), draw(taxes(wanted)), policy


def engine(case: Case) -> Quote:
    wanted, proposed, shipping, taxed, policy = case
    return price(wanted, proposed, shipping=shipping, taxes=taxed, policy=policy)


def check(case: Case) -> None:
    quote, truth = engine(case), oracle.price(*case)
    assert {row.id: list(row.balances) for row in quote.lines} == truth.balances
    mine = [
        (
            a.phase,
            (a.plugin, a.code, a.store_id.int if a.store_id else -1),
            {p.line_id: -p.amount for p in a.allocations},
        )
        for a in quote.adjustments
        if a.phase is not Phase.TAX
    ]
    assert mine == truth.applied
    assert quote.totals.due == sum(truth.amount.values())
    check_sums(quote)


few = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@few
@given(cases())
def test_the_engine_agrees_with_the_oracle(case: Case):
    """On any request and any offers the engine and the plain statement of the rules give the same price."""
    check(case)


@few
@pytest.mark.parametrize("phase", [Phase.UNIT_PRICE, Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT])
@given(data=st.data())
def test_crowded_phases_agree_with_the_oracle(phase: Phase, data: st.DataObject):
    """With all offers in one phase, where they conflict most, the engine and the oracle agree."""
    check(data.draw(cases((phase,), most=7)))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(few, max_examples=5_000)
@given(cases())
def test_the_engine_agrees_with_the_oracle_at_length(case: Case):
    """The same comparison on many more requests."""
    check(case)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(few, max_examples=5_000)
@pytest.mark.parametrize("phase", [Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT])
@given(data=st.data())
def test_crowded_phases_agree_with_the_oracle_at_length(phase: Phase, data: st.DataObject):
    """The same comparison in one phase, on many more requests."""
    check(data.draw(cases((phase,), most=9)))


def check_order(case: Case, random: Random) -> None:
    wanted, proposed, shipping, taxed, policy = case
    shuffled = random.sample(proposed, len(proposed))
    assert engine(case) == engine((wanted, shuffled, shipping[::-1], taxed[::-1], policy))


def check_fixed_point(case: Case) -> None:
    wanted, proposed, shipping, taxed, policy = case
    quote = engine(case)
    applied = {(t.phase, t.plugin, t.code, t.store_id) for t in quote.trace if t.outcome == "applied"}
    kept = [o for o in proposed if (o.phase, o.plugin, o.code, o.store_id) in applied]
    again = engine((wanted, kept, shipping, taxed, policy))
    assert again.lines == quote.lines
    assert again.totals == quote.totals


@few
@given(cases(), st.randoms(use_true_random=False))
def test_registration_order_never_changes_a_price(case: Case, random: Random):
    """Proposals in any order give the same quote, fingerprint and trace included."""
    check_order(case, random)


@few
@given(cases())
def test_pricing_again_is_a_fixed_point(case: Case):
    """What is not applied has no influence: the applied offers alone give the same rows and totals."""
    check_fixed_point(case)


@few
@given(cases())
def test_every_offer_is_in_the_trace_once(case: Case):
    """The trace has one entry for each proposed offer."""
    quote = engine(case)
    told = [(t.phase, t.plugin, t.code, t.store_id) for t in quote.trace]
    assert len(told) == len(set(told)) == len(case[1])
