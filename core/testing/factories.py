"""Rows that tests start from: people, stores, products with stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from ..accounts.sessions import open_session
from ..accounts.tables import Account, MallRole
from ..catalog.tables import Product, Sku
from ..ids import new_id
from ..inventory.tables import StockLevel, StockMovement
from ..mall import Mall
from ..plugins.changing import Wish, change
from ..stores.tables import Location, Store, StoreMember

NO_PASSWORD = "!"  # noqa: S105  no password hashes to this


@dataclass(frozen=True)
class Person:
    """An account that is signed in."""

    id: UUID
    email: str
    token: str


@dataclass(frozen=True)
class Shop:
    """A store with its owner and default warehouse. `path` is its place in the API."""

    id: UUID
    slug: str
    currency: str
    warehouse: UUID
    owner: Person

    @property
    def path(self) -> str:
        return f"/api/stores/{self.slug}"


@dataclass(frozen=True)
class Goods:
    """A product on sale with its SKUs, in order."""

    id: UUID
    shop: Shop
    skus: list[UUID] = field(default_factory=list)

    @property
    def sku(self) -> UUID:
        return self.skus[0]


async def make_person(mall: Mall, *, operator: bool = False) -> Person:
    now, identity = mall.now(), new_id()
    email = f"{uuid4().hex[:12]}@example.com"
    await Account(id=identity, email=email, password_hash=NO_PASSWORD, name=email[:6], created_at=now).save().run()
    if operator:
        await MallRole(account_id=identity, role="operator", created_at=now).save().run()
    tokens = await open_session(mall, identity)
    return Person(identity, email, tokens.access_token)


async def make_shop(mall: Mall, *, currency: str = "CNY", shipping_fee: int = 0, state: str = "open") -> Shop:
    now, identity, warehouse = mall.now(), new_id(), new_id()
    owner = await make_person(mall)
    slug = f"shop-{uuid4().hex[:10]}"
    await Store(
        id=identity, slug=slug, name={"zh-CN": f"店 {slug}", "en": f"Shop {slug}"}, description={}, story={},
        currency=currency, state=state, shipping_fee=shipping_fee, default_location_id=warehouse,
        created_at=now, updated_at=now,
    ).save().run()  # fmt: skip
    await (
        Location(
            id=warehouse, store_id=identity, kind="warehouse", name="Main", address={}, opening_hours={}, created_at=now
        )
        .save()
        .run()
    )
    await StoreMember(store_id=identity, account_id=owner.id, role="owner", created_at=now).save().run()
    return Shop(identity, slug, currency, warehouse, owner)


async def make_member(mall: Mall, shop: Shop, *permissions: str) -> Person:
    """Staff of a store with exactly these permissions."""
    person = await make_person(mall)
    await (
        StoreMember(
            store_id=shop.id, account_id=person.id, role="staff", permissions=list(permissions), created_at=mall.now()
        )
        .save()
        .run()
    )
    return person


async def enable_plugin(
    mall: Mall, name: str, shop: Shop | None = None, settings: Mapping[str, Any] | None = None
) -> None:
    """Switch a plugin on, in a shop or, without one, for the mall, with these settings if some are given."""
    found = await mall.plugins.states.of(name, shop.id if shop else None)
    wish = Wish(revision=found.revision, state="on", settings=settings)
    await change(mall.plugins.states, name, found.store_id, wish, now=mall.now())


async def make_goods(
    mall: Mall, shop: Shop, *, prices: Sequence[int] = (1999,), stock: int = 100, state: str = "on_sale"
) -> Goods:
    """A product with one SKU per price (minor units), each with `stock` units in the default warehouse."""
    now, identity = mall.now(), new_id()
    code = f"P{uuid4().hex[:8]}"
    await Product(
        id=identity, store_id=shop.id, code=code, name={"zh-CN": f"商品 {code}", "en": f"Product {code}"},
        description={}, options=[], image_urls=[], extra={}, state=state, min_price=min(prices),
        max_price=max(prices), created_at=now, updated_at=now, on_sale_at=now,
    ).save().run()  # fmt: skip
    goods = Goods(identity, shop)
    for position, price in enumerate(prices):
        goods.skus.append(await _make_sku(mall, goods, f"{code}-{position}", price, position, stock))
    return goods


async def _make_sku(mall: Mall, goods: Goods, code: str, price: int, position: int, stock: int) -> UUID:
    now, identity, shop = mall.now(), new_id(), goods.shop
    await Sku(
        id=identity, store_id=shop.id, product_id=goods.id, code=code, options={}, price=price, position=position,
        created_at=now, updated_at=now,
    ).save().run()  # fmt: skip
    place: dict[str, Any] = {"store_id": shop.id, "sku_id": identity, "location_id": shop.warehouse}
    await StockLevel(**place, on_hand=stock, held=0, updated_at=now).save().run()
    await StockMovement(**place, kind="receive", on_hand_delta=stock, cause=new_id(), created_at=now).save().run()
    return identity
