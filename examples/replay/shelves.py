"""The stores and what is on their shelves, put there as an operator would: stores, one import each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from . import crowd
from .calls import Caller, Unexpected
from .catalog_csv import sku_code
from .model import Pair

CURRENCY = "USD"
_PAUSE = 0.1
"""Seconds between two looks at an import."""
_PAGE = "100"
_CREATE = "create store"
_IMPORT = "hand in a catalog"
_WATCH = "watch an import"
_LIST = "list products"
_READ = "read a product"


def slug(store: int) -> str:
    """Return the slug of a store of the data."""
    return f"store-{store}"


def path(store: int) -> str:
    """Return a store's place in the API."""
    return f"/api/stores/{slug(store)}"


async def stock(operator: Caller, catalogs: Mapping[int, str], *, at_once: int) -> None:
    """Make the stores and import their catalogs (CSV text, by store). Raises Unexpected when one is refused."""
    owner = (await operator.get("read oneself", "/api/me"))["id"]

    async def hand_in(store: int) -> str:
        await operator.post(_CREATE, "/api/mall/stores", store_body(store, owner))
        place = f"{path(store)}/staff/imports"
        made = await operator.post_text(_IMPORT, place, catalogs[store], "text/csv; charset=utf-8")
        return f"{place}/{made['id']}"

    stores = sorted(catalogs)
    files = await crowd.each(stores, hand_in, at_once=at_once, saying="stores")
    rows = dict(zip(files, (catalogs[store].count("\n") - 1 for store in stores), strict=True))
    await crowd.each(
        files, lambda file: _imported(operator, file), at_once=1, saying="imports", weight=rows.__getitem__
    )


def store_body(store: int, owner: str) -> dict[str, object]:
    """Return what makes a store of the data: nothing is added to its prices."""
    name = f"Store {store}"
    return {
        "slug": slug(store),
        "name": {"en": name, "zh-CN": name},
        "currency": CURRENCY,
        "owner_id": owner,
        "locale": "en",
        "time_zone": "America/New_York",
        "shipping_fee": 0,
    }


async def _imported(operator: Caller, file: str) -> None:
    found = await operator.get(_WATCH, file)
    while found["state"] in ("queued", "running"):
        await asyncio.sleep(_PAUSE)
        found = await operator.get(_WATCH, file)
    if found["state"] != "done":
        raise Unexpected(f"GET {file}: the import is {found['state']}: {found['report']}")


async def skus(shopper: Caller, pairs: Mapping[Pair, int], *, at_once: int) -> dict[Pair, str]:
    """Return the SKU id of each store and product, found as a shopper finds it: by the store's list and its pages."""
    stores = sorted({store for store, _ in pairs})
    listed = await crowd.each(stores, lambda store: _listed(shopper, store), at_once=at_once, saying="lists")
    products = [product for one in listed for product in one]

    async def read(product: tuple[int, str]) -> list[tuple[tuple[int, str], str]]:
        store, product_id = product
        page = await shopper.get(_READ, f"{path(store)}/products/{product_id}")
        return [((store, sku["code"]), sku["id"]) for sku in page["skus"]]

    read_pages = await crowd.each(products, read, at_once=at_once, saying="products")
    found = dict(entry for one in read_pages for entry in one)
    return {(store, product): found[store, sku_code(product)] for store, product in pairs}


async def _listed(shopper: Caller, store: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await shopper.get(_LIST, f"{path(store)}/products", limit=_PAGE, **cursor)
        found += [(store, item["id"]) for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}
