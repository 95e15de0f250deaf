"""A sound plugin with a table, made here, and what it takes to break it in one point."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType, SimpleNamespace

from galleria.core.plugin_api import Amount, Body, Offer, Per, Permission, Phase, Routes, db, new_id, staff
from galleria.core.testing.conformance import Story
from galleria.core.testing.inline import inline_plugin, unique_name
from litestar import get
from piccolo.columns import UUID, BigInt
from piccolo.table import create_table_class

CREATE = (
    "CREATE TABLE {table} (id uuid PRIMARY KEY, store_id uuid NOT NULL, order_id uuid NOT NULL, state bigint NOT NULL)"
)
UNIQUE = "CREATE UNIQUE INDEX {table}_order ON {table} (order_id)"
MIGRATION = """
from galleria.core.plugin_api import sql_migration

ID = "{name}_0001"


async def forwards():
    return sql_migration(ID, "{name}", {up!r}, undo={down!r})
"""


class Gifts(Body):
    amount: int = 100


class GiftStory(Story):
    """An order gets 1.00 off, and a row that says how it fares."""

    settings = MappingProxyType({"amount": 150})


def gifts(folder: Path, *, undo: bool = True, label: str = "礼物", shape=Gifts, scopes=("store", "mall"), **changed):
    """The plugin; `changed` are hooks in place of its own: functions that are given its table's name."""
    name = unique_name("gifts")
    table = f"{name}_gift"
    _write_migration(folder, name, table, undo=undo)
    columns = {"id": UUID(primary_key=True), "store_id": UUID(), "order_id": UUID(), "state": BigInt()}
    gift = create_table_class("Gift", class_kwargs={"tablename": table}, class_members=columns)
    hooks = hooks_of(table) | {name: make(table) for name, make in changed.items()}
    info = {"label": {"zh-CN": label, "en": "Gifts"}, "settings": shape, "scopes": frozenset(scopes)}
    return inline_plugin(name, *hooks.values(), tables=[gift], migrations=folder, **info)


def _write_migration(folder: Path, name: str, table: str, *, undo: bool) -> None:
    up = [CREATE.format(table=table), UNIQUE.format(table=table)]
    down = [f"DROP TABLE {table}" if undo else f"DROP INDEX {table}_order"]
    (folder / f"{name}_0001.py").write_text(MIGRATION.format(name=name, up=up, down=down))


async def create(plugin) -> None:
    """Make the plugin's table in the database of the tests."""
    table = f"{plugin.name}_gift"
    await db.execute(CREATE.format(table=table))
    await db.execute(UNIQUE.format(table=table))


def hooks_of(table):
    """Each hook by its name."""
    insert = f"INSERT INTO {table} (id, store_id, order_id, state) VALUES ($1, $2, $3, 1) ON CONFLICT DO NOTHING"
    update = f"UPDATE {table} SET state = $3 WHERE store_id = $1 AND order_id = $2"

    @get("/gifts/{gift_id:uuid}", access=staff(f"{table.removesuffix('_gift')}.see"))
    async def read_gift() -> str:
        return "a gift"

    def register_routes(ctx):
        return Routes(store=[read_gift])

    def register_permissions(ctx):
        return [Permission(code=f"{ctx.plugin}.see", label={"zh-CN": "看礼物", "en": "See gifts"})]

    async def propose_offers(ctx, request):
        return [offer(ctx.settings.amount)]

    async def claim_orders(ctx, orders):
        for order in orders:
            await db.execute(insert, new_id(), order.store_id, order.id)
        return {}

    async def after_order_paid(ctx, fact):
        await db.execute(update, fact.order.store_id, fact.order.id, 2)

    async def after_order_cancelled(ctx, fact):
        await db.execute(update, fact.order.store_id, fact.order.id, 3)

    return vars(
        SimpleNamespace(
            register_routes=register_routes,
            register_permissions=register_permissions,
            propose_offers=propose_offers,
            claim_orders=claim_orders,
            after_order_paid=after_order_paid,
            after_order_cancelled=after_order_cancelled,
        )
    )


def offer(amount):
    return Offer(
        code="gift", label="礼物", offer_class="activity", phase=Phase.ORDER_DISCOUNT, effect=Amount(amount, Per.ONCE)
    )
