"""Loading the demo: again makes nothing twice, and completes what was interrupted."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ..errors import StartupError
from ..mall import Mall
from . import checkouts, goods, paying, people, shelves, shops
from .goods import Shelf
from .paying import Pay
from .reading import MallData, mall_data, orders_data, store_data
from .work import Report, Work


class DemoSummary(Struct, frozen=True, kw_only=True):
    """What this run has made, by noun; what it left out, and why; and how to sign in."""

    made: Mapping[str, int]
    skipped: tuple[str, ...]
    operator: str
    shopper: str
    password: str


def _silent(_: str) -> None:
    """Nobody listens."""


async def load(mall: Mall, report: Report = _silent, *, pay: Pay | None = None) -> DemoSummary:
    """Have the demo in the mall. Its rows are recognised by their names (e-mail, slug, code), and left as they are.

    `pay` pays a payment as its buyer would; by default a provider of the mall that offers so is used, and
    without one the orders that would be paid are left out, with a line to `report`.
    Raises StartupError in production, since the demo's operator has a password that everybody knows.
    """
    if mall.settings.production:
        raise StartupError("The demo has an operator whose password is known: it is not loaded in production mode.")
    data = mall_data()
    work = Work(mall, data.password, report)
    await people.operator(work, data.operator)
    await _stores(work, data)
    for shopper in data.shoppers:
        await people.shopper(work, shopper)
    await checkouts.all_of(work, orders_data(), pay or await paying.in_process(mall))
    return _summary(work, data)


async def _stores(work: Work, data: MallData) -> None:
    platform = await shelves.tree(work, None, data.categories)
    brands = await shelves.all_brands(work, data.brands)
    for position, name in enumerate(data.stores):
        store = store_data(name)
        row = await shops.shop(work, store, position)
        own = await shelves.tree(work, row.id, store.categories)
        shelf = Shelf(store=row, number=store.number, brands=brands, platform=platform, own=own)
        await goods.stock(work, store, shelf)


def _summary(work: Work, data: MallData) -> DemoSummary:
    made = ", ".join(f"{count} {noun}" for noun, count in sorted(work.made.items())) or "nothing new"
    work.report(f"Demo mall: {made}.")
    work.report(f"Sign in as {data.shoppers[0].email} or {data.operator}, password {data.password}")
    return DemoSummary(
        made=dict(work.made),
        skipped=tuple(work.skipped),
        operator=data.operator,
        shopper=data.shoppers[0].email,
        password=data.password,
    )
