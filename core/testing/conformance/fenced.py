"""Checks of what a plugin must keep to: its own place, no order of loading, no traces of what was refused."""

from __future__ import annotations

from typing import Any

from ..inline import unique_name
from . import doors
from .neighbours import reducer, refuser, silent
from .scene import Scene
from .stage import Stage
from .statements import answered, names_its_store, recorded, touches, values_of
from .switching import switch
from .traces import added, deliveries, difference, essence, rows, tell_again
from .verdict import expect


async def isolation(stage: Stage) -> None:
    """What is set up in store A is nothing in store B, whether the plugin is off there or on."""
    if stage.scope == "mall":
        await _isolated_mall(stage)
        return
    off = await stage.scene(on=False)
    person = off.shopper.person
    bare = await stage.scene(shopper=person, prepared=False)
    before, alone = essence(await off.quote()), essence(await bare.quote())
    made = await rows(stage)
    there = await stage.scene(shopper=person)
    await there.place_order()
    foreign = {str(row[key]) for _, row in added(made, await rows(stage)) for key in ("id", "store_id") if key in row}
    expect(essence(await off.quote()) == before, "Where it is off, it has a part in the price.")
    open_ = await doors.answering(stage, off)
    expect(not open_, f"Where it is off, these routes answer: {', '.join(open_)}")
    bare.asks = [ask | {"store_id": str(bare.shop.id)} for ask in there.asks]
    with answered() as read:
        found = essence(await bare.quote())
    seen = [sql for sql, answer in read if touches(sql, stage.owned_tables) and values_of(answer) & foreign]
    expect(not seen, "In one store, rows of another are read:\n" + "\n".join(seen))
    expect(found == alone, f"What was set up in one store changes a price in another: {alone} became {found}")


async def _isolated_mall(stage: Stage) -> None:
    """Off for the mall, it has no part in any price and answers no route."""
    scene = await stage.scene()
    await scene.quote()
    await stage.switch(None, "off")
    scene.asks = []
    quote = await scene.quote()
    parts = [each for each in quote["adjustments"] if each["plugin"] == stage.name]
    expect(not parts, f"Off for the mall, it has a part in the price: {parts}")
    open_ = await doors.answering(stage, scene)
    expect(not open_, f"Off for the mall, these routes answer: {', '.join(open_)}")


async def loading_order(stage: Stage) -> None:
    """In whatever order plugins are loaded, and whatever they are called, the price is the same."""
    neighbours = [reducer(unique_name("a0"), 5), reducer(unique_name("zz"), 7)]
    forwards = stage.with_neighbours(*neighbours)
    backwards = stage.with_neighbours(*neighbours, backwards=True)
    scene = await stage.scene(process=forwards)
    for neighbour in neighbours:
        await switch(forwards.mall, neighbour.name, scene.shop.id, "on")
    first, second = essence(await scene.quote()), essence(await scene.elsewhere(backwards).quote())
    expect(first == second, f"Loaded in another order, it prices otherwise: {first} became {second}")
    scene = await stage.scene()
    alone = essence(await scene.quote())
    quiet = [silent(unique_name(stem)) for stem in ("a0", "zz")]
    process = stage.with_neighbours(*quiet)
    for neighbour in quiet:
        await switch(process.mall, neighbour.name, scene.shop.id, "on")
    beside = essence(await scene.elsewhere(process).quote())
    expect(beside == alone, f"Beside plugins that do nothing, it prices otherwise: {alone} became {beside}")


async def facts(stage: Stage) -> None:
    """What a plugin is told twice changes its rows once."""
    scene, second = await stage.scene(), await stage.scene()
    placed, given_up = await scene.place_order(), await second.place_order()
    orders = [*placed["orders"], *given_up["orders"]]
    done = await _again(stage, scene, orders, set(), "placed")
    await scene.shopper.pay(placed)
    done = await _again(stage, scene, orders, done, "paid")
    await second.shopper.cancel(given_up)
    done = await _again(stage, scene, orders, done, "cancelled")
    for order in await scene.shopper.orders(placed):
        await scene.counter.refund(order["id"], [(order["lines"][0]["id"], 1)])
        await scene.deliver()
        done = await _again(stage, scene, orders, done, "refunded in part")
        await scene.counter.refund(order["id"])
        await scene.deliver()
        done = await _again(stage, scene, orders, done, "refunded")


async def _again(stage: Stage, scene: Scene, orders: list[Any], done: set[Any], what: str) -> set[Any]:
    """Tell what was told last once more, and compare. Returns what has been told by now."""
    known = await deliveries(stage, orders)
    bad = {state for state in known.values() if state != "done"}
    expect(not bad, f"Told that an order was {what}, it failed: {bad}")
    before = await rows(stage)
    await tell_again(stage, [key for key in known if key not in done])
    await scene.deliver()
    after = await rows(stage)
    expect(after == before, f"Told twice that an order was {what}, it changed:{difference(before, after)}")
    return set(known)


async def refusals(stage: Stage) -> None:
    """An order that is refused after the plugin has claimed it leaves no trace in the plugin's tables."""
    wish: list[str] = []
    neighbour = refuser(wish)
    process = stage.with_neighbours(neighbour)
    scene = await stage.scene(process=process)
    await switch(process.mall, neighbour.name, scene.shop.id, "on")
    await scene.quote()
    before = await rows(stage)
    for how, code in (("refuse", "claim_refused"), ("empty the shelf", "out_of_stock")):
        wish[:] = [how]
        answer = await scene.try_to_place()
        expect(answer.json().get("code") == code, f"An order was to be refused ({code}), and was not: {answer.text}")
        await scene.deliver()
        after = await rows(stage)
        expect(after == before, f"A refused order ({how}) has left rows:{difference(before, after)}")
    wish.clear()
    answer = await scene.try_to_place()
    expect(answer.status_code == 201, f"After refusals the order cannot be placed: {answer.text}")


async def statements(stage: Stage) -> None:
    """Every statement on a table of the plugin names its store; tables with the tag `mall` are the mall's."""
    with recorded() as seen:
        await _live(stage)
    loose = sorted({sql for sql in seen if touches(sql, stage.owned_tables) and not names_its_store(sql)})
    expect(not loose, "These statements name no store_id in what they insert or ask for:\n" + "\n".join(loose))


async def _live(stage: Stage) -> None:
    scene, second = await stage.scene(), await stage.scene()
    paid, cancelled = await scene.place_order(), await second.place_order()
    await scene.shopper.pay(paid)
    await second.shopper.cancel(cancelled)
    for order in await scene.shopper.orders(paid):
        await scene.counter.refund(order["id"], [(order["lines"][0]["id"], 1)])
        await scene.counter.refund(order["id"])
    await scene.deliver()
