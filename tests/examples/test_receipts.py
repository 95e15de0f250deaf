from __future__ import annotations

from galleria.examples.replay.data import build
from galleria.examples.replay.model import Product, Replay, Row
from galleria.examples.replay.receipts import MOST_ROWS, naming, portions, rows
from galleria_retail_replay.rules import name_in
from galleria_retail_replay.schemas import MOST_ROWS as TAKEN
from galleria_retail_replay.schemas import ReceiptLineBody
from msgspec import convert

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")
SKUS = {(20, 30): "00000000-0000-0000-0000-000000000001"}


def test_basket_is_a_receipt_of_its_lines() -> None:
    """Amounts are cents, the shelf price is a unit's; the plugin reads each row as it is."""
    (basket,) = build([5], [Row(5, 7, 10, 20, 30, 2, 2.78, 0.8, 0.5, 0.2)], {30: MILK}).baskets
    (row,) = rows(basket, SKUS)
    assert row == {
        "receipt": "7",
        "line": 0,
        "sku_id": SKUS[20, 30],
        "quantity": 2,
        "unit_price": 189,
        "retail_disc": 80,
        "coupon_match_disc": 20,
        "coupon_disc": 50,
    }
    assert convert(row, ReceiptLineBody).unit_price == 189


def test_cart_line_names_its_receipt_line() -> None:
    """What a line carries is what the plugin looks for."""
    (basket,) = build([5], [Row(5, 7, 10, 20, 30, 1, 2.0, 0, 0, 0)], {30: MILK}).baskets
    name = name_in(naming(basket, 0))
    assert name is not None
    assert (name.receipt, name.line) == ("7", 0)


def test_rows_are_sent_in_portions() -> None:
    """None is larger than the plugin takes, and together they are what there was, in its order."""
    told: list[dict[str, object]] = [{"line": number} for number in range(5)]
    assert [len(part) for part in portions(told, 2)] == [2, 2, 1]
    assert [row for part in portions(told, 2) for row in part] == told
    assert MOST_ROWS == TAKEN


def test_week_5_is_handed_in_whole(week5: Replay) -> None:
    """Every line of every basket is a row once."""
    skus = {line.pair: "" for basket in week5.baskets for line in basket.lines}
    sent = [(row["receipt"], row["line"]) for basket in week5.baskets for row in rows(basket, skus)]
    assert len(sent) == len(set(sent)) == 25_620
