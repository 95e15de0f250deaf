"""Checks of what a plugin does to a price and to an order: that the story is one, refunds, being switched off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from ...storage.invariants import Invariant, violations
from . import doors
from .declared import asked_at_start
from .scene import Scene
from .stage import Stage
from .traces import added, deliveries, essence, rows
from .verdict import expect

PRICING = ("propose_offers", "quote_shipping", "quote_tax")
FACTS = ("after_order_placed", "after_order_paid", "after_order_cancelled", "after_refund")
CALLED = ("check_cart", "claim_orders")


async def story(stage: Stage) -> None:
    """The story is one: an order can be placed, and the plugin has done in it what its hooks are for."""
    scene = await stage.scene(on=False)
    without, before, called = essence(await scene.quote()), await rows(stage), _calls(stage)
    await stage.switch(scene.place, "on")
    await stage.prepare(scene)
    made = await rows(stage)
    quote = await scene.quote()
    if stage.implements(*PRICING):
        expect(essence(quote) != without, "The story's order costs the same with the plugin. Tell one that it prices.")
    expect(not quote["refused"], f"The story's order is refused: {quote['refused']}")
    placed = await scene.place_order()
    await scene.shopper.pay(placed)
    _require_called(stage, _calls(stage) - called)
    if stage.implements(*FACTS):
        told = await deliveries(stage, placed["orders"])
        expect(told, "The plugin took no part in the story's order, so it was told nothing of it. See `takes_part`.")
        expect(set(told.values()) == {"done"}, f"The plugin failed when it was told of an order: {told}")
    if stage.implements("claim_orders") and stage.owned_tables:
        expect(added(made, await rows(stage)), "The story's order is claimed, and no row says so.")
    if stage.scope == "store":
        _require_own(stage, scene, added(before, await rows(stage)))


def _calls(stage: Stage) -> Counter[tuple[str, str]]:
    """How often each hook of the plugin was called so far, by hook and outcome."""
    tallies = stage.home.mall.plugins.meter.tallies
    return Counter({key[1:]: tally.calls for key, tally in tallies.items() if key[0] == stage.name})


def _require_called(stage: Stage, calls: Counter[tuple[str, str]]) -> None:
    failed = [hook for hook, outcome in calls if outcome != "ok"]
    expect(not failed, f"{stage.name} failed in {', '.join(failed)}; the log has the error.")
    idle = [hook for hook in CALLED if stage.implements(hook) and not calls[hook, "ok"]]
    expect(not idle, f"The story's order does not reach {', '.join(idle)}. Tell one that does.")


def _require_own(stage: Stage, scene: Scene, made: list[tuple[str, dict[str, Any]]]) -> None:
    for table, row in made:
        if table in stage.owned_tables:
            own = row["store_id"] == str(scene.shop.id)
            expect(own, f"A row of {table} was made in one store and bears another: {row}")


async def refunds(stage: Stage) -> None:
    """Units that are refunded one group after another, in a random order, return exactly what was paid."""
    for seed in range(2):
        scene = await stage.scene()
        placed = await scene.place_order()
        await scene.shopper.pay(placed)
        for order in await scene.shopper.orders(placed):
            await _refund_in_groups(scene, order, Random(seed), f"seed {seed}")  # noqa: S311  not a secret
        await scene.deliver()
        left = {state for state in (await deliveries(stage, placed["orders"])).values() if state != "done"}
        expect(not left, f"The plugin failed when it was told of refunds (seed {seed}): {left}")
    await _require_invariants(stage)


async def _refund_in_groups(scene: Scene, order: Any, random: Random, seed: str) -> None:
    units = [line["id"] for line in order["lines"] for _ in range(line["quantity"])]
    random.shuffle(units)
    while units:
        group = [units.pop() for _ in range(min(len(units), random.randint(1, 2)))]
        answer = await scene.counter.refund(order["id"], [(unit, group.count(unit)) for unit in sorted(set(group))])
        expect(answer.status_code == 201, f"Units of a paid order cannot be refunded ({seed}): {answer.text}")
    (now,) = await scene.shopper.orders({"orders": [order]})
    money = sum(refund["money"]["amount"] for refund in now["refunds"])
    returned = sum(refund["amount"]["amount"] for refund in now["refunds"])
    expect(returned == now["total"]["amount"], f"An order of {now['total']} returned {returned} ({seed}).")
    expect(money == now["due"]["amount"], f"{now['due']} was paid, {money} came back ({seed}).")


async def _require_invariants(stage: Stage) -> None:
    rules: Sequence[Invariant] = asked_at_start(stage, "register_invariants")
    broken = await violations(rules, stage.home.mall.now())
    expect(not broken, f"Invariants of {stage.name} are broken: {broken}")


async def disabling(stage: Stage) -> None:
    """Switched off before paying or cancelling: facts arrive, its prices are gone, nobody else's change."""
    other = await stage.scene() if stage.scope == "store" else None
    undisturbed = essence(await other.quote()) if other else None
    scene = await stage.scene(on=False)
    without = await scene.quote()
    await stage.switch(scene.place, "on")
    await stage.prepare(scene)
    shown = await scene.quote()
    second = await stage.scene()
    paid, cancelled = await scene.place_order(), await second.place_order()
    for place in (scene.place, second.place):
        await stage.switch(place, "draining")
    await _require_gone(stage, scene, without, shown)
    await scene.shopper.pay(paid)
    for place in (scene.place, second.place):
        await stage.switch(place, "off")
    await _require_gone(stage, scene, without, shown)
    await second.shopper.cancel(cancelled)
    for order in paid["orders"]:
        answer = await scene.counter.refund(order["id"])
        expect(answer.status_code == 201, f"An order cannot be refunded while the plugin is off: {answer.text}")
    await scene.deliver()
    told = await deliveries(stage, [*paid["orders"], *cancelled["orders"]])
    late = {state for state in told.values() if state != "done"}
    expect(not late, f"Facts did not arrive while the plugin was draining or off: {late}")
    if other:
        expect(essence(await other.quote()) == undisturbed, "Switching it off in one store changed a price in another.")


async def _require_gone(stage: Stage, scene: Scene, without: Any, shown: Any) -> None:
    scene.asks = []  # a plugin that is off can be asked for nothing
    now = await scene.quote()
    expect(essence(now) == essence(without), f"Switched off, it still has a part in the price: {essence(now)}")
    if shown["totals"]["total"] != without["totals"]["total"]:
        answer = await scene.try_to_place(shown["totals"]["total"]["amount"])
        expect(answer.status_code == 409, f"An order was placed at the total of a plugin that is off: {answer.text}")
    open_ = await doors.answering(stage, scene)
    expect(not open_, f"Switched off, these routes still answer: {', '.join(open_)}")
