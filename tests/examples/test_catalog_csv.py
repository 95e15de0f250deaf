from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest
from galleria.examples.replay.catalog_csv import AMPLE_STOCK, catalogs, major
from galleria.examples.replay.model import Pair, Product, Replay
from galleria.examples.replay.prices import list_prices

MILK = Product(
    id=30, department="GROCERY", category='MILK, "FRESH"', type="WHOLE", brand="Private", package_size="1 GAL"
)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_header_is_the_contract_of_the_import() -> None:
    """The columns and their order are those that the public import documents."""
    header = catalogs({30: MILK}, {(20, 30): 189})[20].splitlines()[0]
    assert header == (
        "product_code,name_zh,name_en,brand,category,sku_code,barcode,options,price,minimum_price,cost,"
        "weight_grams,stock,status,description_zh,description_en"
    )


def test_product_is_one_row_on_sale_with_its_stores_price() -> None:
    """Two stores sell the same product at their own prices; commas and quotes survive."""
    texts = catalogs({30: MILK}, {(21, 30): 5, (20, 30): 189}, stock=7)
    assert list(texts) == [20, 21]
    (row,) = read(texts[20])
    assert {column: text for column, text in row.items() if text} == {
        "product_code": "30",
        "name_zh": "WHOLE, 1 GAL",
        "name_en": "WHOLE, 1 GAL",
        "brand": "Private",
        "category": 'GROCERY > MILK, "FRESH"',
        "sku_code": "30",
        "price": "1.89",
        "minimum_price": "0.00",
        "cost": "0.00",
        "weight_grams": "0",
        "stock": "7",
        "status": "on_sale",
    }
    assert read(texts[21])[0]["price"] == "0.05"


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (100, "1.00"), (54_999, "549.99")])
def test_cents_are_written_as_a_decimal_of_dollars(cents: int, text: str) -> None:
    """Two places, always."""
    assert major(cents) == text


def test_week_5_goes_in_whole(week5: Replay) -> None:
    """Reading the texts back gives every store-product pair at its price, once."""
    prices = list_prices(week5.baskets)
    texts = catalogs(week5.products, prices)
    back = {
        (store, int(row["sku_code"])): int(Decimal(row["price"]) * 100)
        for store, text in texts.items()
        for row in read(text)
    }
    assert back == prices
    assert sum(len(read(text)) for text in texts.values()) == len(prices)


def test_stock_covers_all_that_week_5_buys(week5: Replay) -> None:
    """Ample stock is ample: no pair is bought beyond it."""
    wanted: Counter[Pair] = Counter()
    for basket in week5.baskets:
        for line in basket.lines:
            wanted[line.pair] += line.quantity
    assert 0 < max(wanted.values()) <= AMPLE_STOCK
