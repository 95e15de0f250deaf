"""What there is of a plugin in the database: what uninstalling it would touch, and what would be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..mall import Mall
from ..orders.participants import recipient
from ..plugins.metadata import Plugin
from ..plugins.queries import Standing, standings_of
from ..storage import db

Counts = Mapping[UUID | None, int]
"""Rows by store; None: the mall's."""

_OPEN = "state IN ('placed', 'paid', 'fulfilling')"
_ORDERS = f"""
SELECT count(*) FILTER (WHERE o.{_OPEN}) AS open_orders, count(*) FILTER (WHERE NOT o.{_OPEN}) AS closed_orders
FROM shop_order o WHERE o.id IN (SELECT order_id FROM order_adjustment WHERE plugin = $1)
"""  # noqa: S608  parts from this module
_TOLD = f"""
SELECT count(*) FROM order_participant p JOIN shop_order o ON o.id = p.order_id WHERE p.plugin = $1 AND o.{_OPEN}
"""  # noqa: S608  parts from this module
_HELD = f"""
SELECT count(*) FROM order_block b JOIN shop_order o ON o.id = b.order_id
WHERE starts_with(b.name, $1 || ':') AND o.{_OPEN}
"""  # noqa: S608  parts from this module
_DELIVERIES = """
SELECT count(*) FILTER (WHERE state = 'pending') AS undelivered,
       count(*) FILTER (WHERE state = 'parked') AS dead_letters
FROM outbox_delivery WHERE recipient = ANY ($1::text[])
"""
_PAYMENTS = """
SELECT (SELECT count(*) FROM payment_attempt
        WHERE provider = ANY ($1::text[]) AND state NOT IN ('succeeded', 'failed', 'closed')) AS attempts,
       (SELECT count(*) FROM payment_refund r JOIN payment_capture c ON c.id = r.capture_id
        WHERE c.provider = ANY ($1::text[]) AND r.state IN ('pending', 'sent')) AS refunds,
       (SELECT count(*) FROM payment_capture WHERE provider = ANY ($1::text[]) AND refunded < amount) AS captures
"""


class Footprint(Struct, kw_only=True):
    """Standings are the plugin's everywhere, `tables` its rows by table and store. `captures` can still be refunded."""

    plugin: str
    standings: Sequence[Standing]
    slugs: Mapping[UUID, str]
    tables: Mapping[str, Counts]
    open_orders: int
    closed_orders: int
    participations: int
    blocks: int
    undelivered: int
    dead_letters: int
    asks: int
    attempts: int
    refunds: int
    captures: int

    @property
    def not_off(self) -> list[Standing]:
        return [one for one in self.standings if one.state != "off"]

    def waiting(self) -> list[str]:
        """What is not finished and would be lost, in words; empty when nothing is."""
        counted = {
            "parts in open orders, of which it would be told no more": self.participations,
            "holds on open orders, which would end": self.blocks,
            "deliveries that it has not had": self.undelivered,
            "dead letters": self.dead_letters,
            "payments under way, whose end nobody could ask for": self.attempts,
            "refunds under way, whose end nobody could ask for": self.refunds,
        }
        return [f"{count} {what}" for what, count in counted.items() if count]

    def lines(self) -> Iterator[str]:
        """For a person to read."""
        for state in ("on", "draining"):
            places = [self._place(one.store_id) for one in self.standings if one.state == state]
            yield f"{state:24} {', '.join(places) or 'nowhere'}"
        with_settings = [self._place(one.store_id) for one in self.standings if one.settings]
        yield f"{'settings':24} {', '.join(with_settings) or 'none'}"
        for table, counts in self.tables.items():
            parts = ", ".join(f"{self._place(place)} {count}" for place, count in counts.items())
            yield f"{table:24} {sum(counts.values())} rows{f': {parts}' if parts else ''}"
        yield f"{'orders it has priced':24} {self.open_orders} open, {self.closed_orders} closed; their prices stay"
        yield f"{'told of open orders':24} {self.participations}"
        yield f"{'holds on open orders':24} {self.blocks}"
        yield f"{'deliveries':24} {self.undelivered} undelivered, {self.dead_letters} dead letters"
        yield f"{'asks in carts':24} {self.asks}"
        yield f"{'payments':24} {self.attempts} under way, {self.refunds} refunds under way"
        yield f"{'captures':24} {self.captures} with money that could only be given back by hand after that"

    def _place(self, store_id: UUID | None) -> str:
        return "the mall" if store_id is None else self.slugs.get(store_id, str(store_id))


def recipients(plugin: str) -> list[str]:
    """The names under which deliveries to a plugin stand."""
    return [recipient(plugin, for_mall=for_mall) for for_mall in (False, True)]


def providers(mall: Mall, plugin: str) -> list[str]:
    """The ways to pay that are the plugin's."""
    return sorted(code for code, owner in mall.plugins.owners.items() if owner.name == plugin)


async def footprint(mall: Mall, plugin: Plugin) -> Footprint:
    """Read it all, in the open transaction if there is one."""
    name, tables = plugin.name, {table: await _rows(table, owned) for table, owned in tables_of(mall, plugin).items()}
    standings = await _standings(mall, plugin)
    places = {one.store_id for one in standings} | {place for counts in tables.values() for place in counts}
    return Footprint(
        plugin=name,
        standings=standings,
        tables=tables,
        slugs=await _slugs([place for place in places if place is not None]),
        participations=await db.fetch_value(_TOLD, name),
        blocks=await db.fetch_value(_HELD, name),
        asks=await db.fetch_value("SELECT count(*) FROM cart_ask WHERE plugin = $1", name),
        **await _counts(_ORDERS, name),
        **await _counts(_DELIVERIES, recipients(name)),
        **await _counts(_PAYMENTS, providers(mall, name)),
    )


def tables_of(mall: Mall, plugin: Plugin) -> dict[str, bool]:
    """The names of the plugin's tables, sorted, and whether each has a store's column."""
    app = mall.plugins.apps.get(plugin.name)
    metas = [table._meta for table in app.table_classes] if app else []  # noqa: SLF001  Piccolo has no public door
    found = {meta.tablename: any(column._meta.name == "store_id" for column in meta.columns) for meta in metas}  # noqa: SLF001
    return dict(sorted(found.items()))


async def _standings(mall: Mall, plugin: Plugin) -> list[Standing]:
    stored = await standings_of([plugin.name])
    mall_is_stored = any(one.store_id is None for one in stored)
    return stored if mall_is_stored else [mall.plugins.states.unchanged(plugin, None), *stored]


async def _rows(table: str, owned: bool) -> dict[UUID | None, int]:
    """By store, where the table has one. The name is a plugin's table's, which the start has checked."""
    place = "store_id" if owned else "NULL::uuid"
    sql = f'SELECT {place} AS place, count(*) AS rows FROM "{table}" GROUP BY 1 ORDER BY 1 NULLS FIRST'  # noqa: S608
    return {row["place"]: row["rows"] for row in await db.fetch(sql)}


async def _counts(sql: str, argument: Any) -> dict[str, int]:
    return dict(await db.fetch_row(sql, argument) or {})


async def _slugs(stores: Sequence[UUID]) -> dict[UUID, str]:
    found = await db.fetch("SELECT id, slug FROM store WHERE id = ANY ($1::uuid[])", list(stores))
    return {row["id"]: row["slug"] for row in found}
