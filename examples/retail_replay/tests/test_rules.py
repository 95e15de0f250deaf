from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from galleria.core.plugin_api import Adjustment, Amount, FixedPrice, OrderSnapshot, Per, Phase, PriceLine
from galleria_retail_replay import rules
from galleria_retail_replay.schemas import ReceiptLineBody

STORE, SKU = UUID(int=1), UUID(int=2)
ROW = ReceiptLineBody(
    receipt="r-1", line=0, sku_id=SKU, quantity=2, unit_price=450, retail_disc=90, coupon_match_disc=20, coupon_disc=50
)


def cart_line(identity: str = "a", extra: Any = None, quantity: int = 2, sku: UUID = SKU) -> PriceLine:
    named = {"retail_replay": {"receipt": "r-1", "line": 0}} if extra is None else extra
    return PriceLine(
        id=identity, store_id=STORE, sku_id=sku, product_id=SKU, quantity=quantity, list_price=500, extra=named
    )


def order(number: int, *receipts: str) -> OrderSnapshot:
    adjustments = tuple(
        Adjustment(
            phase=Phase.UNIT_PRICE, sequence=0, plugin="retail_replay", plugin_version="1", code=receipt, label="",
            amount=-1, basis=1, allocations=(), reference=receipt,
        )
        for receipt in receipts
    )  # fmt: skip
    return OrderSnapshot(
        id=UUID(int=number), store_id=STORE, checkout_id=UUID(int=number), account_id=STORE, number="", currency="USD",
        goods=0, discounts=0, total=0, due=0, delivery_method="shipping", lines=(), adjustments=adjustments,
    )  # fmt: skip


def test_receipt_line_is_four_offers_with_codes_and_labels_of_their_own() -> None:
    """The shelf price is a unit's, the discounts are the line's, and each says what it is."""
    found = rules.offers({("r-1", 0): cart_line()}, [ROW], "en")
    assert [(each.code, each.label, each.phase, each.effect) for each in found] == [
        ("shelf_price:r-1:0", "Shelf price", Phase.UNIT_PRICE, FixedPrice(450, Per.UNIT)),
        ("retail_disc:r-1:0", "Retail discount", Phase.LINE_DISCOUNT, Amount(90, Per.LINE)),
        ("coupon_match_disc:r-1:0", "Coupon match", Phase.ORDER_DISCOUNT, Amount(20, Per.LINE)),
        ("coupon_disc:r-1:0", "Coupon", Phase.ORDER_DISCOUNT, Amount(50, Per.LINE)),
    ]
    assert {(each.benefit, each.reference, each.combines_with) for each in found} == {(("a",), "r-1", None)}


def test_discount_of_nothing_is_not_offered() -> None:
    """A line without discounts has its shelf price only."""
    plain = ReceiptLineBody(receipt="r-1", line=0, sku_id=SKU, quantity=2, unit_price=450)
    assert [each.code for each in rules.offers({("r-1", 0): cart_line()}, [plain], "en")] == ["shelf_price:r-1:0"]


@pytest.mark.parametrize(
    "other", [cart_line(quantity=1), cart_line(sku=UUID(int=3))], ids=["another quantity", "another SKU"]
)
def test_receipt_line_prices_nothing_but_itself(other: PriceLine) -> None:
    """A cart line that names a cheap receipt line, and is something else, costs what it costs."""
    assert rules.offers({("r-1", 0): other}, [ROW], "en") == []


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"another": {"receipt": "r-1", "line": 0}},
        {"retail_replay": None},
        {"retail_replay": []},
        {"retail_replay": {"receipt": "r-1"}},
        {"retail_replay": {"receipt": "r-1", "line": "0"}},
        {"retail_replay": {"receipt": "r-1", "line": True}},
        {"retail_replay": {"receipt": "r-1", "line": -1}},
        {"retail_replay": {"receipt": "r-1", "line": 2**70}},
        {"retail_replay": {"receipt": "", "line": 0}},
        {"retail_replay": {"receipt": "r\u0000", "line": 0}},
        {"retail_replay": {"receipt": "x" * 65, "line": 0}},
        {"retail_replay": {"receipt": 1, "line": 0}},
        {"retail_replay": {"receipt": "r-1", "line": 0, "unit_price": 1}},
    ],
)
def test_extra_in_another_form_names_nothing(extra: dict[str, Any]) -> None:
    """Whatever a client files under the plugin's name, it is a receipt line or nothing."""
    assert rules.name_in(extra) is None


def test_receipt_line_that_is_named_twice_is_the_first() -> None:
    """One receipt line prices one cart line."""
    found = rules.named([cart_line("a"), cart_line("b"), cart_line("c", extra={})])
    assert {key: line.id for key, line in found.items()} == {("r-1", 0): "a"}


def test_receipts_go_to_whoever_comes_first() -> None:
    """An order gets all its receipts or none; one that goes without leaves them to the next."""
    orders = [order(1, "a"), order(2, "a", "b"), order(3, "b", "b"), order(4, "gone"), order(5)]
    taken, lacking = rules.share_out(orders, {"a", "b"})
    assert taken == {"a": UUID(int=1), "b": UUID(int=3)}
    assert lacking == {UUID(int=2): {"a"}, UUID(int=4): {"gone"}}


def test_line_is_worth_what_was_paid_for_it() -> None:
    """2 x 4.50 less 0.90, 0.20 and 0.50 is 7.40."""
    assert rules.worth(ROW) == 740
