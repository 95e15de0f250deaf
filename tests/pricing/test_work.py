"""What the search of a price may cost, in rows gone through: a count, so that it holds on any machine."""

from __future__ import annotations

import pytest
from galleria.benchmarks.pricing_cases import Case, realistic, worst_cases
from galleria.core.pricing import choosing
from galleria.core.pricing.choosing import LEAST_WORK, MAX_EXACT, SEARCH_WORK, work_per_offer
from galleria.core.pricing.engine import price
from galleria.core.types import Quote

from .invariants import check_sums

LINES, OFFERS = 40, 60
CASES = worst_cases(LINES, OFFERS)
LONGEST = "percentages that a tenth of the others exclude"
ONE_SET = 16 * MAX_EXACT * LINES
"""Applying one set of offers: what a search may go beyond its allowance by, at its start and at its end."""


def quote(case: Case) -> Quote:
    return price(case.request, case.offers, shipping=case.shipping, taxes=case.taxes)


def searches(found: Quote) -> list[tuple[int, int]]:
    """The offers of each component, and the work of its search."""
    return [(entry.detail["component"], entry.detail["work"]) for entry in found.trace if "work" in entry.detail]


@pytest.mark.parametrize("name", CASES)
def test_a_search_stays_within_its_work(name: str):
    """Whatever the offers are, a search ends at its allowance, but for a set that it was just applying."""
    found = quote(CASES[name])
    for offers, work in searches(found):
        assert work <= offers * work_per_offer(OFFERS) + 2 * ONE_SET
    check_sums(found)


def test_without_the_bound_the_work_would_be_more(monkeypatch: pytest.MonkeyPatch):
    """The longest search is one that the bound ends: with more allowed it does more."""
    monkeypatch.setattr(choosing, "SEARCH_WORK", 10 * SEARCH_WORK)
    assert max(work for _, work in searches(quote(CASES[LONGEST]))) > SEARCH_WORK + 2 * ONE_SET


def test_a_search_that_was_ended_says_so():
    """The trace says `bounded` where the bound, or the number of offers, ended a search, and `exact` elsewhere."""
    ended = quote(worst_cases(LINES, MAX_EXACT)[LONGEST])
    assert {entry.detail["search"] for entry in ended.trace} == {"bounded"}
    everyday = quote(realistic(50, 20))
    assert {entry.detail["search"] for entry in everyday.trace if "search" in entry.detail} == {"exact"}


def test_work_is_shared_by_offers_and_never_less_than_a_little():
    """All searches of a price together have one allowance, until there are so many offers that each has the least."""
    assert work_per_offer(1) == SEARCH_WORK
    assert work_per_offer(60) * 60 <= SEARCH_WORK
    assert work_per_offer(10_000) == LEAST_WORK
