from __future__ import annotations

from typing import Any

import pytest
from galleria.examples.replay.data import build
from galleria.examples.replay.model import Basket, Product, Row
from galleria.examples.replay.shopping import bought_by
from galleria.examples.replay.trade import Bought, BoughtLine, Refunded, Trade

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")


@pytest.fixture
def basket() -> Basket:
    """Two lines that cost 3.00 and 1.00."""
    rows = [Row(5, 1, 10, 20, 30, 2, 3.0, 0.0, 0.0, 0.0), Row(5, 1, 10, 20, 30, 1, 1.5, 0.0, 0.5, 0.0)]
    return build([5], rows, {30: MILK}).baskets[0]


def bought(basket: Basket, paid: int = 400, *lines: int) -> Bought:
    found = tuple(BoughtLine(str(total), total) for total in lines or (300, 100))
    return Bought(basket=basket, order_id="o", paid=paid, free=False, lines=found)


def refunded(expected: int, amount: int | None = None, store: int = 20) -> Refunded:
    given = expected if amount is None else amount
    return Refunded(store=store, whole=False, amount=given, expected=expected, lines_differing=0)


def order(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"id": "o", "due": {"amount": 400}, "lines": list(lines)}


def line(position: int, total: int) -> dict[str, Any]:
    extra = {"retail_replay": {"receipt": "1", "line": position}}
    return {"id": f"l{position}", "kind": "goods", "total": {"amount": total}, "extra": extra}


def test_order_lines_find_their_basket_lines(basket: Basket) -> None:
    """By the receipt line that they name, in whatever order they come; a shipping row is none of them."""
    fee = {"id": "f", "kind": "shipping", "total": {"amount": 1}, "extra": {}}
    found = bought_by(basket, order(line(1, 100), fee, line(0, 300)), free=False)
    assert found.lines == (BoughtLine("l0", 300), BoughtLine("l1", 100))
    assert found.as_expected


@pytest.mark.parametrize(("paid", "lines"), [(401, (300, 100)), (399, (300, 100)), (400, (299, 101)), (400, (301, 99))])
def test_basket_differs_by_its_total_or_by_a_line(basket: Basket, paid: int, lines: tuple[int, ...]) -> None:
    """A cent that lies on the wrong line is found, though the sum is right."""
    assert Trade(bought=[bought(basket, paid, *lines)], refunded=[], ledger={20: 400}).baskets_differing == 1
    assert Trade(bought=[bought(basket)], refunded=[], ledger={20: 400}).baskets_differing == 0


@pytest.mark.parametrize(
    ("ledger", "difference"),
    [({20: 250}, 0), ({20: 251}, 1), ({20: 249}, 1), ({}, 250), ({20: 251, 21: -1}, 2)],
)
def test_ledger_is_what_was_paid_less_what_had_to_be_refunded(
    basket: Basket, ledger: dict[int, int], difference: int
) -> None:
    """4.00 less 1.50, in that store and in no other; what is too much in one does not make up for another."""
    trade = Trade(bought=[bought(basket)], refunded=[refunded(150)], ledger=ledger)
    assert trade.ledger_difference == difference


def test_ledger_is_held_against_the_data_and_not_against_what_was_given(basket: Basket) -> None:
    """A refund of too much that the ledger agrees with is a difference all the same."""
    trade = Trade(bought=[bought(basket)], refunded=[refunded(150, 151)], ledger={20: 249})
    assert trade.ledger_difference == 1
