"""Uninstalling: what is shown, what is written out, what is removed, and what stays."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from uuid import UUID

import pytest
from galleria.core.cli.uninstalling import PluginAwaited, PluginInUse, look, run, uninstall
from galleria.core.errors import StartupError
from galleria.core.ids import new_id
from galleria.core.jobs.registry import invariants_of
from galleria.core.plugin_api import Amount, Offer, Per, Phase, hookimpl
from galleria.core.plugins.changing import Wish, change
from galleria.core.plugins.counting import touch
from galleria.core.plugins.depending import PluginNeeded
from galleria.core.plugins.invariants import INVARIANTS
from galleria.core.plugins.rules import PluginNotFound
from galleria.core.storage import db, migrations
from galleria.core.storage.invariants import violations
from galleria.core.storage.raw_sql import NotReversible, inverse, inverses
from galleria.core.testing.client import ok
from galleria.core.testing.factories import enable_plugin

from ..dispatch.buying import buy
from .inline import plugin
from .packaged import package

HOOKS = {"startup": 1, "pricing": 1, "orders": 1}


def notes(name, app, heard=None):
    """A plugin with two tables, which takes 1.00 off a store's orders and hears of them."""

    @hookimpl
    def register_tables(ctx):
        return app

    @hookimpl
    async def propose_offers(ctx, request):
        effect = Amount(100, Per.ONCE)
        return [Offer(code="note", label="立减", offer_class="activity", phase=Phase.ORDER_DISCOUNT, effect=effect)]

    @hookimpl
    async def after_refund(ctx, fact):
        if heard is None:
            raise RuntimeError("nobody listens")
        heard.append(fact.refund_id)

    return plugin(
        name,
        requires=HOOKS,
        register_tables=register_tables,
        propose_offers=propose_offers,
        after_refund=after_refund,
    )


@pytest.fixture
async def installed(process, name, tmp_path, mall):
    """Makes a process with the plugin, migrated, and with the installed plugins beside it."""
    path = list(sys.path)

    async def make(**options):
        app = package(tmp_path, name, **options)
        found = process(*mall.plugins.plugins, notes(name, app, heard=[]))
        await migrations.migrate()
        return found

    yield make
    sys.path[:] = path


async def write_note(name, store_id, text="n"):
    note = new_id()
    await db.execute(f"INSERT INTO {name}_note (id, store_id, text) VALUES ($1, $2, $3)", note, store_id, text)
    sql = f"INSERT INTO {name}_tag (id, note_id, data, amount, made_at) VALUES ($1, $2, $3, $4, now())"
    await db.execute(sql, new_id(), note, {"茶": [1]}, 10**15)
    return note


async def switch(mall, name, store_id, *states):
    await mall.plugins.states.forget()
    for state in states:
        found = await mall.plugins.states.of(name, store_id)
        wish = Wish(revision=found.revision, state=state)
        await change(mall.plugins.states, name, store_id, wish, now=mall.now())


async def off(mall, name, store_id):
    await switch(mall, name, store_id, "draining", "off")


async def tables(name):
    sql = "SELECT tablename FROM pg_tables WHERE starts_with(tablename, $1 || '_') ORDER BY 1"
    return [row["tablename"] for row in await db.fetch(sql, name)]


def lines(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def paid(found, goods, person):
    """An order with the plugin's discount, paid at the sandbox."""
    client = found.api.acting_as(person)
    placed = ok(await buy(client, goods.sku, 1899), 201)
    attempts = f"/api/payments/{placed['payment_id']}/attempts"
    attempt = ok(await client.post(attempts, {"provider": "sandbox_pay"}), 201)
    token = attempt["client_data"]["pay_url"].rsplit("/", 1)[-1]
    ok(await found.api.post(f"/api/plugins/sandbox_pay/pay/{token}/pay", {}))
    ok(await client.post(f"/api/payments/{placed['payment_id']}/refresh", key=""))
    await found.mall.outbox.deliver(found.mall.now())
    return placed["orders"][0]["id"]


async def test_what_would_be_touched_is_shown(installed, name, make_shop, make_goods, make_person):
    """States, settings, rows by table and store, orders, deliveries, asks; and nothing is touched."""
    found, shop = await installed(), await make_shop()
    goods, person = await make_goods(shop), await make_person()
    await enable_plugin(found.mall, name, shop)
    await write_note(name, shop.id)
    client = found.api.acting_as(person)
    ok(await buy(client, goods.sku, 1899), 201)
    ask = {"plugin": name, "reference": "x", "store_id": str(shop.id)}
    ok(await client.put("/api/cart/asks", [ask], headers={"If-Match": '"v0"'}))
    assert (await look(found.mall, name)).undelivered == 1
    await found.mall.outbox.deliver(found.mall.now())
    seen = await look(found.mall, name)
    assert seen.tables == {f"{name}_note": {shop.id: 1}, f"{name}_tag": {None: 1}}
    assert (seen.open_orders, seen.closed_orders, seen.participations, seen.asks) == (1, 0, 1, 1)
    assert [(one.store_id, one.state) for one in seen.standings if one.state != "off"] == [(shop.id, "on")]
    told = list(seen.lines())
    assert f"on                       {shop.slug}" in told
    assert any(line.startswith(f"{name}_note") and line.endswith(f"1 rows: {shop.slug} 1") for line in told)
    assert seen.waiting() == ["1 parts in open orders, of which it would be told no more"]
    assert len(await tables(name)) == 2


async def test_everything_is_written_out_and_removed(installed, name, make_shop, make_person, mall):
    """The export has each row with its table; after that there is no table, state, rule or ask of it."""
    found, shop = await installed(), await make_shop()
    await enable_plugin(found.mall, name, shop)
    note = await write_note(name, shop.id, "你好")
    await touch(name, shop.id)
    ask = {"plugin": name, "reference": "x", "store_id": str(shop.id)}
    client = found.api.acting_as(await make_person())
    ok(await client.put("/api/cart/asks", [ask], headers={"If-Match": '"v0"'}))
    await off(found.mall, name, shop.id)
    out = io.BytesIO()
    await uninstall(found.mall, name, out)
    first, *rest = lines(out)
    assert (first["plugin"], first["version"]) == (name, "1.0")
    rows = {}
    for line in rest:
        rows.setdefault(line["table"], []).append(line["row"])
    assert rows[f"{name}_note"] == [{"id": str(note), "store_id": str(shop.id), "text": "你好"}]
    assert (rows[f"{name}_tag"][0]["data"], rows[f"{name}_tag"][0]["amount"]) == ({"茶": [1]}, 10**15)
    assert [row["state"] for row in rows["plugin_state_change"]] == ["on", "draining", "off"]
    assert {"plugin_state", "plugin_rules", "cart_ask"} <= rows.keys()
    assert await tables(name) == []
    assert await db.fetch_value("SELECT count(*) FROM pg_proc WHERE proname = $1", f"{name}_no") == 0
    for table in ("plugin_state", "plugin_rules", "cart_ask"):
        assert await db.fetch_value(f"SELECT count(*) FROM {table} WHERE plugin = $1", name) == 0
    assert ok(await client.get("/api/cart"))["asks"] == []
    assert await violations(INVARIANTS, mall.now()) == []


async def test_it_is_installed_again(installed, name, make_shop):
    """The next migration makes its tables anew, empty, and it is switched on as for the first time."""
    found, shop = await installed(), await make_shop()
    await enable_plugin(found.mall, name, shop)
    await write_note(name, shop.id)
    await off(found.mall, name, shop.id)
    await uninstall(found.mall, name)
    assert (await found.states.of(name, shop.id)).revision == 0
    assert await migrations.pending() == [f"{name}_0001", f"{name}_0002"]
    assert await migrations.migrate() == 2
    assert (await look(found.mall, name)).tables == {f"{name}_note": {}, f"{name}_tag": {}}
    await enable_plugin(found.mall, name, shop)
    await write_note(name, shop.id)


@pytest.mark.parametrize("state", ["on", "draining"])
async def test_what_is_in_use_stays(installed, name, make_shop, state):
    """On or draining in any place, it is refused, by force too, and nothing is changed."""
    found, shop = await installed(), await make_shop()
    await enable_plugin(found.mall, name, shop)
    if state == "draining":
        await switch(found.mall, name, shop.id, "draining")
    note = await write_note(name, shop.id)
    with pytest.raises(PluginInUse):
        await uninstall(found.mall, name, force=True)
    assert await db.fetch_value(f"SELECT id FROM {name}_note") == note


async def test_what_others_depend_on_stays(process, name):
    """A plugin that could not be loaded without it is uninstalled first."""
    found = process(plugin(name), plugin(f"{name}_b", depends={name: ""}))
    with pytest.raises(PluginNeeded, match=f"{name}_b cannot be loaded"):
        await uninstall(found.mall, name, force=True)
    await uninstall(found.mall, f"{name}_b")


async def test_open_orders_are_waited_for(installed, name, make_shop, make_goods, make_person):
    """Refused with what would be lost; by force it goes, and the order can still be paid for and cancelled."""
    found, shop = await installed(), await make_shop()
    goods, client = await make_goods(shop), found.api.acting_as(await make_person())
    await enable_plugin(found.mall, name, shop)
    placed = ok(await buy(client, goods.sku, 1899), 201)
    await off(found.mall, name, shop.id)
    with pytest.raises(PluginAwaited, match="1 parts in open orders"):
        await uninstall(found.mall, name)
    assert len(await tables(name)) == 2
    seen = await uninstall(found.mall, name, force=True)
    assert seen.participations == 1
    ok(await client.post(f"/api/checkouts/{placed['id']}/cancel", {}))
    assert await db.fetch("SELECT id FROM outbox_delivery WHERE recipient LIKE $1", f"plugin:{name}%") == []


async def test_dead_letters_are_waited_for(installed, name):
    """What was parked for it is lost only by force."""
    found = await installed()
    subject = new_id()
    async with db.transaction():
        told = [f"plugin:{name}@mall"]
        await found.mall.outbox.publish("x", subject, {}, now=found.mall.now(), recipients=told)
    await db.execute("UPDATE outbox_delivery SET state = 'parked' WHERE subject_id = $1", subject)
    with pytest.raises(PluginAwaited, match="1 dead letters"):
        await uninstall(found.mall, name)
    out = io.BytesIO()
    await uninstall(found.mall, name, out, force=True)
    assert "outbox_delivery" in {line.get("table") for line in lines(out)}


async def test_past_orders_stay_readable_and_refundable(
    installed, name, mall, api, make_shop, make_goods, make_person, deliver
):
    """An order with its discount is shown, explained and refunded to the last fen without the plugin."""
    found, shop, person = await installed(), await make_shop(), await make_person()
    goods = await make_goods(shop)
    await enable_plugin(found.mall, name, shop)
    order_id = await paid(found, goods, person)
    selling, path = found.api.acting_as(shop.owner), f"{shop.path}/staff/orders/{order_id}"
    before = ok(await found.api.acting_as(person).get(f"/api/orders/{order_id}"))
    units = [{"line_id": line["id"], "quantity": 1} for line in before["lines"] if line["kind"] == "goods"]
    parcel = {"carrier": "SF", "tracking_number": "1", "lines": units}
    sent = ok(await selling.post(f"{path}/parcels", parcel), 201)
    received = f"/api/orders/{order_id}/parcels/{sent['parcels'][0]['id']}/receive"
    await found.api.acting_as(person).post(received, {}, key="")
    await db.execute("UPDATE shop_order SET state = 'completed', completed_at = now() WHERE id = $1", UUID(order_id))
    await found.mall.outbox.deliver(found.mall.now())
    await off(found.mall, name, shop.id)
    await uninstall(found.mall, name)
    assert name not in mall.plugins.states.plugins
    shown = ok(await api.acting_as(person).get(f"/api/orders/{order_id}"))
    assert shown["adjustments"] == before["adjustments"]
    assert shown["adjustments"][0]["label"] == "立减"
    ok(await api.acting_as(shop.owner).post(f"{path}/refunds", {"lines": units, "reason": "late"}), 201)
    await deliver()
    assert await db.fetch_value("SELECT refunded FROM shop_order WHERE id = $1", UUID(order_id)) == 1899
    for rule in invariants_of(mall):
        found_rows = await db.fetch(rule.sql, *([mall.now()] if "$1" in rule.sql else []))
        assert [row for row in found_rows if UUID(order_id) in row.values()] == [], rule.name
    sql = "SELECT recipient FROM outbox_delivery WHERE subject_id = $1 AND state <> 'done'"
    assert await db.fetch(sql, UUID(order_id)) == []


async def test_rows_stay_while_a_process_lacks_the_package(installed, process, name, mall, make_shop):
    """A process without the package touches nothing of it, in migrating, switching others, and sweeping."""
    found, shop = await installed(), await make_shop()
    await enable_plugin(found.mall, name, shop)
    await write_note(name, shop.id)
    other = process(plugin(f"{name}_b"))
    await migrations.migrate()
    await enable_plugin(other.mall, f"{name}_b", shop)
    await other.mall.outbox.deliver(mall.now())
    with pytest.raises(PluginNotFound):
        await uninstall(other.mall, name, force=True)
    assert len(await tables(name)) == 2
    assert await db.fetch_value(f"SELECT count(*) FROM {name}_note") == 1
    await found.states.forget()
    assert (await found.states.of(name, shop.id)).state == "on"


async def test_what_cannot_be_taken_back_is_named(installed, name):
    """A statement that nobody said how to undo stops it, and nothing is removed."""
    found = await installed(more="DO $$ BEGIN END $$")
    with pytest.raises(StartupError, match=rf"{name}_0002 cannot be taken back. Say by `undo`.*DO"):
        await uninstall(found.mall, name)
    assert len(await tables(name)) == 2


async def test_the_command_tells_what_it_did(installed, name, tmp_path, capsys):
    """The file is new, has the rows, and is gone again when nothing was removed."""
    found, path = await installed(), tmp_path / "rows.jsonl"
    await run(found.mall, name, path, dry=True, force=False)
    assert len(await tables(name)) == 2
    path.unlink()
    await switch(found.mall, name, None, "on")
    with pytest.raises(PluginInUse):
        await run(found.mall, name, path, dry=False, force=False)
    assert not path.exists()
    await off(found.mall, name, None)
    capsys.readouterr()
    await run(found.mall, name, path, dry=False, force=False)
    told = capsys.readouterr().out
    assert f"{name} is uninstalled. Remove its package" in told
    assert json.loads(path.read_text().splitlines()[0])["plugin"] == name


@pytest.mark.parametrize(
    ("made", "undone"),
    [
        ("CREATE UNIQUE  INDEX a_b\nON a (b)", "DROP INDEX IF EXISTS a_b"),
        ("create index if not exists a_b on a (b)", "DROP INDEX IF EXISTS a_b"),
        ("ALTER TABLE a ADD CONSTRAINT a_c CHECK (x > 0)", "ALTER TABLE IF EXISTS a DROP CONSTRAINT IF EXISTS a_c"),
        ('ALTER TABLE "A b" ADD COLUMN c int', 'ALTER TABLE IF EXISTS "A b" DROP COLUMN IF EXISTS c'),
        ("CREATE TABLE a (b int)", "DROP TABLE IF EXISTS a"),
        ("CREATE OR REPLACE FUNCTION f(a int) RETURNS int", "DROP FUNCTION IF EXISTS f"),
        ("CREATE TRIGGER t AFTER INSERT OR UPDATE OF x ON a FOR EACH ROW", "DROP TRIGGER IF EXISTS t ON a"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "DROP MATERIALIZED VIEW IF EXISTS v"),
        ("INSERT INTO a VALUES (1)", ""),
        ("CREATE EXTENSION IF NOT EXISTS pg_trgm", ""),
    ],
)
def test_statements_have_inverses(made, undone):
    """What was made is dropped by its name; rows go with their table."""
    assert inverse(made) == undone


def test_inverses_are_in_reverse():
    """The last thing that was made is dropped first; a strange statement is named."""
    found = inverses(["CREATE TABLE a ()", "INSERT INTO a VALUES (1)", "CREATE INDEX b ON a (c)"])
    assert found == ["DROP INDEX IF EXISTS b", "DROP TABLE IF EXISTS a"]
    with pytest.raises(NotReversible, match="GRANT"):
        inverses(["GRANT ALL ON a TO b"])


async def test_an_unknown_plugin_is_named(process, name):
    """There is nothing to uninstall without the package, which knows the tables."""
    with pytest.raises(PluginNotFound, match=name):
        await look(process().mall, name)


async def test_uninstalling_and_changing_rules_wait_for_each_other(installed, name, make_shop):
    """Whoever changes its rules holds its table, then the count: uninstalling takes them in that order too."""
    found, shop = await installed(), await make_shop()
    held, going = asyncio.Event(), asyncio.Event()

    @db.atomic
    async def change_rules():
        await write_note(name, shop.id)
        held.set()
        await going.wait()
        await touch(name, shop.id)

    changing = asyncio.create_task(change_rules())
    await held.wait()
    leaving = asyncio.create_task(uninstall(found.mall, name))
    await waiting_for_a_lock(f"{name}_note")
    going.set()
    await changing
    assert (await leaving).tables[f"{name}_note"] == {shop.id: 1}
    assert await tables(name) == []


async def waiting_for_a_lock(table):
    """Return when somebody waits for a lock on the table."""
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass($1)"
    while not await db.fetch_value(sql, table):
        await asyncio.sleep(0.01)
