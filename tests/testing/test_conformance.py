"""The kit lets a sound plugin through, and each of its checks stops one that is broken in its point."""

from __future__ import annotations

import logging

import pytest
from galleria.core.plugin_api import Refusal, db, new_id
from galleria.core.testing.conformance import CHECKS, Stage
from galleria.core.testing.processes import Process
from msgspec import field

from .gifts import Gifts, GiftStory, create, gifts, offer


@pytest.fixture
async def play(mall, api, processes):
    """Play the story of a plugin; returns the names of the checks that stop it."""
    stages = []

    async def run(plugin, *checks, story=GiftStory, **changed):
        await create(plugin)
        told = story()
        told.plugin = plugin
        vars(told).update(changed)
        stage = Stage(told, Process(mall, api), processes)
        stages.append(stage)
        return {name for name in checks or CHECKS if await _stopped(CHECKS[name], stage)}

    yield run
    for stage in stages:
        await stage.restore()


async def _stopped(check, stage):
    try:
        await check(stage)
    except AssertionError as broken:
        logging.getLogger(__name__).warning("%s: %s", check.__name__, broken)
        return True
    return False


@pytest.mark.parametrize("scope", ["store", "mall"])
async def test_a_sound_plugin_passes(play, tmp_path, scope):
    """A plugin that keeps to everything is stopped by no check, in a store and in the mall."""
    assert await play(gifts(tmp_path), scope=scope) == set()


async def _stops(play, plugin, check, story=GiftStory):
    """This check, and no other, stops the plugin."""
    assert await play(plugin, story=story) == {check}


async def test_a_label_that_lacks_a_language(play, tmp_path):
    """A plugin without a Chinese label."""
    await _stops(play, gifts(tmp_path, label=" "), "labels")


async def test_a_setting_whose_default_nobody_sees(play, tmp_path):
    """A setting that is neither required nor has a default in the JSON Schema."""

    class Secretive(Gifts):
        codes: list[str] = field(default_factory=lambda: ["a"])

    await _stops(play, gifts(tmp_path, shape=Secretive), "settings_schema")


async def test_a_hook_that_is_no_coroutine_function(play, tmp_path):
    """A proposal that would hold up the process."""

    def make(table):
        def propose_offers(ctx, request):
            return [offer(100)]

        return propose_offers

    await _stops(play, gifts(tmp_path, propose_offers=make), "coroutines")


async def test_a_story_in_which_nothing_happens(play, tmp_path):
    """A story whose order the plugin leaves alone would prove nothing."""

    def make(table):
        async def propose_offers(ctx, request):
            return []

        return propose_offers

    await _stops(play, gifts(tmp_path, propose_offers=make), "story")


async def test_a_plugin_that_forgets_the_store(play, tmp_path):
    """What is redeemable in one store is so in every other."""
    codes = set()

    class Codes(GiftStory):
        async def prepare(self, scene):
            codes.add(scene.shop.slug)
            return [scene.shop.slug]

    def make(table):
        async def propose_offers(ctx, request):
            return [offer(100) for ask in request.asks if ask.reference in codes]

        return propose_offers

    await _stops(play, gifts(tmp_path, propose_offers=make), "isolation", Codes)


async def test_a_plugin_that_reads_the_rows_of_other_stores(play, tmp_path):
    """Rows of all stores are read, and sorted out in Python."""

    def make(table):
        async def propose_offers(ctx, request):
            found = await db.fetch(f"SELECT store_id FROM {table} WHERE store_id IS NOT NULL")
            return [offer(100) for _ in range(1 + len([row for row in found if row["store_id"] is None]))]

        return propose_offers

    await _stops(play, gifts(tmp_path, propose_offers=make), "isolation")


async def test_a_plugin_that_looks_at_its_neighbours(play, tmp_path):
    """A price that depends on what else is installed."""

    def make(table):
        async def propose_offers(ctx, request):
            return [offer(len(ctx.mall.plugins.plugins))]

        return propose_offers

    await _stops(play, gifts(tmp_path, propose_offers=make), "loading_order")


async def test_a_fact_that_counts_twice(play, tmp_path):
    """A row for each telling."""

    def make(table):
        async def after_order_paid(ctx, fact):
            row = new_id(), fact.order.store_id, new_id()
            await db.execute(f"INSERT INTO {table} (id, store_id, order_id, state) VALUES ($1, $2, $3, 2)", *row)

        return after_order_paid

    await _stops(play, gifts(tmp_path, after_order_paid=make), "facts")


async def test_a_claim_outside_the_transaction(play, tmp_path):
    """A claim that stays when its order is refused."""

    def make(table):
        async def claim_orders(ctx, orders):
            link = await db.engine().get_new_connection()
            for order in orders:
                sql = f"INSERT INTO {table} (id, store_id, order_id, state) VALUES ($1, $2, $3, 1)"
                await link.execute(sql, new_id(), order.store_id, order.id)
            await link.close()
            return {}

        return claim_orders

    await _stops(play, gifts(tmp_path, claim_orders=make), "refusals")


async def test_a_refund_that_is_not_let_through(play, tmp_path):
    """Two refunds of an order are enough."""
    asked = {}

    def make(table):
        async def check_transition(ctx, transition, orders):
            asked[orders[0].id] = asked.get(orders[0].id, 0) + (transition == "refund")
            return {order.id: Refusal(code="enough", detail="enough") for order in orders if asked[order.id] > 2}

        return check_transition

    await _stops(play, gifts(tmp_path, check_transition=make), "refunds")


async def test_a_plugin_that_is_deaf_when_it_is_off(play, tmp_path):
    """A fact that is only taken where the plugin is on."""

    def make(table):
        async def after_order_paid(ctx, fact):
            assert await ctx.mall.plugins.states.is_on(ctx.plugin, ctx.store_id)

        return after_order_paid

    await _stops(play, gifts(tmp_path, after_order_paid=make), "disabling")


async def test_a_statement_without_a_store(play, tmp_path):
    """An UPDATE that asks for the order alone."""

    def make(table):
        async def after_order_paid(ctx, fact):
            await db.execute(f"UPDATE {table} SET state = 2 WHERE order_id = $1", fact.order.id)

        return after_order_paid

    await _stops(play, gifts(tmp_path, after_order_paid=make), "statements")


async def test_a_migration_that_leaves_its_table(play, tmp_path):
    """A migration in SQL whose way back ends halfway."""
    await _stops(play, gifts(tmp_path, undo=False), "migrated")
