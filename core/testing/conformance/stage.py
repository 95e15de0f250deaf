"""Where the kit plays a plugin's story: stores with goods and shoppers, and switches for the plugin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from piccolo.table import Table

from ...mall import Mall
from ...plugins.changing import Wish, change
from ...plugins.metadata import Plugin
from ...plugins.metadata import Scope as PluginScope
from ...plugins.queries import Standing
from ...plugins.rules import State
from ...types import Ask
from ..client import Api
from ..factories import Goods, Person, Shop, make_goods, make_person, make_shop
from ..processes import Process, Processes
from ..shopping import Counter, Shopper, ask_body, deliver, line_of, make_shopper
from .story import Story

_STEPS: dict[tuple[State, State], tuple[State, ...]] = {
    ("off", "on"): ("on",),
    ("off", "draining"): ("on", "draining"),
    ("on", "draining"): ("draining",),
    ("on", "off"): ("draining", "off"),
    ("draining", "off"): ("off",),
    ("draining", "on"): ("on",),
}


class NotConforming(AssertionError):
    """The plugin does not keep to what every plugin must keep to."""


def expect(holds: object, otherwise: str) -> None:
    """Raises NotConforming unless it holds."""
    if not holds:
        raise NotConforming(otherwise)


@dataclass(kw_only=True)
class Scene:
    """A store with goods, somebody who wants them, and what is asked of the plugin."""

    process: Process
    story: Story
    name: str
    place: UUID | None
    shop: Shop
    goods: Goods
    shopper: Shopper
    boss: Person
    asks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def mall(self) -> Mall:
        return self.process.mall

    @property
    def api(self) -> Api:
        """An anonymous client."""
        return self.process.api

    @property
    def owner(self) -> Api:
        """A client of the shop's owner."""
        return self.api.acting_as(self.shop.owner)

    @property
    def operator(self) -> Api:
        """A client of an operator of the mall."""
        return self.api.acting_as(self.boss)

    @property
    def counter(self) -> Counter:
        return Counter(self.owner, self.shop)

    @property
    def lines(self) -> list[dict[str, Any]]:
        extra = {} if self.story.extra is None else {self.name: self.story.extra}
        pairs = zip(self.goods.skus, self.story.quantities, strict=True)
        return [line_of(self.goods, quantity, sku, **extra) for sku, quantity in pairs]

    async def quote(self) -> Any:
        return await self.shopper.quote(self.lines, self.asks)

    async def try_to_place(self, expected: int | None = None) -> Any:
        return await self.shopper.try_to_place(self.lines, self.asks, expected=expected)

    async def place_order(self) -> Any:
        """Place the story's order, and have everybody told of it; the checkout."""
        placed = await self.shopper.place(self.lines, self.asks)
        await self.deliver()
        return placed

    async def deliver(self) -> None:
        await deliver(self.mall)

    def elsewhere(self, process: Process) -> Scene:
        """The same scene, served by another process."""
        client = process.api.acting_as(self.shopper.person)
        shopper = Shopper(process.mall, client, self.shopper.person, self.shopper.address_id)
        return replace(self, process=process, shopper=shopper)


class Stage:
    """Plays one story. `home` is the process that has the plugin; `processes` makes others."""

    def __init__(self, story: Story, home: Process, processes: Processes) -> None:
        self.story = story
        self.processes = processes
        own = isinstance(story.plugin, Plugin)
        self.home = processes.beside(story.plugin) if isinstance(story.plugin, Plugin) else home
        name = story.plugin.name if isinstance(story.plugin, Plugin) else story.plugin
        self.plugin: Plugin = self.home.mall.plugins.states.plugin(name)
        self._beside = [self.plugin] if own else []
        self._others: list[Process] = [self.home]
        self._before: Standing | None = None

    @property
    def name(self) -> str:
        return self.plugin.name

    @property
    def scope(self) -> PluginScope:
        return self.story.scope or ("store" if "store" in self.plugin.info.scopes else "mall")

    @property
    def tables(self) -> list[type[Table]]:
        """The plugin's tables."""
        return [table for app in self.apps for table in _app(app).table_classes]

    @property
    def owned_tables(self) -> list[str]:
        """The names of those whose rows belong to a place."""
        return [table._meta.tablename for table in self.tables if "mall" not in table._meta.tags]  # noqa: SLF001

    @property
    def apps(self) -> list[str]:
        """The module path of the plugin's Piccolo app, if it has one."""
        return [path for path in self.home.mall.plugins.table_apps if _app(path).app_name == self.name]

    def implements(self, *hooks: str) -> bool:
        """Whether the plugin implements one of these hooks."""
        return any(hasattr(self.plugin.module, hook) for hook in hooks)

    def with_neighbours(self, *plugins: Plugin, backwards: bool = False) -> Process:
        """Another process that has further plugins, loaded in the opposite order if `backwards`."""
        every = [*self.home.mall.plugins.plugins, *plugins]
        process = self.processes.start(every[::-1] if backwards else every)
        self._others.append(process)
        return process

    async def scene(
        self, *, process: Process | None = None, shopper: Person | None = None, on: bool = True, prepared: bool = True
    ) -> Scene:
        """A new store with goods and a shopper, new unless given; if the plugin is `on`, with its rows `prepared`."""
        used = process or self.home
        await deliver(used.mall)  # what earlier tests left
        shop = await make_shop(used.mall)
        goods = await make_goods(used.mall, shop, prices=self.story.prices, stock=1000)
        scene = Scene(
            process=used,
            story=self.story,
            name=self.name,
            place=shop.id if self.scope == "store" else None,
            shop=shop,
            goods=goods,
            shopper=await make_shopper(used.mall, used.api, shopper),
            boss=await make_person(used.mall, operator=True),
        )
        if on or scene.place is None:
            await self.switch(scene.place, "on" if on else "off")
        if on and prepared:
            await self.prepare(scene)
        return scene

    async def prepare(self, scene: Scene) -> None:
        """Have the story make its rows, and keep what it asks."""
        wanted = await self.story.prepare(scene)
        scene.asks = [_ask(self.name, each, scene.place) for each in wanted]

    async def switch(self, place: UUID | None, state: State) -> None:
        """Have the plugin in this state there, with the story's settings. What it was for the mall is kept in mind."""
        states = self.home.mall.plugins.states
        await states.forget()
        found = await states.of(self.name, place)
        if place is None and self._before is None:
            self._before = found
        await self._go(place, state, self.story.settings if state == "on" else None)

    async def switch_neighbour(self, plugin: Plugin, process: Process, shop: Shop) -> None:
        """Switch another plugin on in a shop."""
        states = process.mall.plugins.states
        found = await states.of(plugin.name, shop.id)
        await change(states, plugin.name, shop.id, Wish(revision=found.revision, state="on"), now=process.mall.now())

    async def restore(self) -> None:
        """Leave the plugin in the mall as it was found."""
        if self._before is not None:
            await self.home.mall.plugins.states.forget()
            await self._go(None, self._before.state, self._before.settings if self._before.state == "on" else None)

    async def _go(self, place: UUID | None, state: State, settings: Any) -> None:
        mall = self.home.mall
        found = await mall.plugins.states.of(self.name, place)
        steps: Sequence[State] = _STEPS.get((found.state, state), (state,) if settings is not None else ())
        for step in steps:
            wish = Wish(revision=found.revision, state=step, settings=settings if step == "on" else None)
            found = await change(mall.plugins.states, self.name, place, wish, now=mall.now())
        for process in self._others:
            await process.mall.plugins.states.forget()


def _app(path: str) -> Any:
    from importlib import import_module

    return import_module(path).APP_CONFIG


def _ask(plugin: str, wanted: str | Ask, place: UUID | None) -> dict[str, Any]:
    if isinstance(wanted, Ask):
        return ask_body(plugin, wanted.reference, wanted.store_id or place, wanted.amount)
    return ask_body(plugin, wanted, place, None)
