"""The products of each store as CSV text for the public import: UTF-8, a header row, one row a SKU.

Weight and minimum price are nought, so that neither shipping nor a price floor enters what a basket costs.
The data knows one language; both name columns carry it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from .model import Pair, Product

COLUMNS = (
    "product_code",
    "name_zh",
    "name_en",
    "brand",
    "category",
    "sku_code",
    "barcode",
    "options",
    "price",
    "minimum_price",
    "cost",
    "weight_grams",
    "stock",
    "status",
    "description_zh",
    "description_en",
)
AMPLE_STOCK = 1_000_000


def sku_code(product: int) -> str:
    """Return the code by which a product of the data is known in each of its stores."""
    return str(product)


def catalogs(products: Mapping[int, Product], prices: Mapping[Pair, int], stock: int = AMPLE_STOCK) -> dict[int, str]:
    """Return the CSV text of each store, by store: the products that have a price there."""
    shelves: dict[int, dict[int, int]] = {}
    for (store, product), price in sorted(prices.items()):
        shelves.setdefault(store, {})[product] = price
    return {
        store: catalog((_row(products[product], price, stock) for product, price in shelf.items()))
        for store, shelf in shelves.items()
    }


def catalog(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the CSV text of `rows`; a column that a row lacks is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(product: Product, price: int, stock: int) -> dict[str, str]:
    return {
        "product_code": sku_code(product.id),
        "name_zh": product.name,
        "name_en": product.name,
        "brand": product.brand,
        "category": " > ".join(product.category_path),
        "sku_code": sku_code(product.id),
        "price": major(price),
        "minimum_price": major(0),
        "cost": major(0),
        "weight_grams": "0",
        "stock": str(stock),
        "status": "on_sale",
    }


def major(cents: int) -> str:
    """Return cents as a decimal of dollars: 1999 is `19.99`."""
    return f"{cents // 100}.{cents % 100:02d}"
