"""Where the kit plays a plugin's story: processes that have the plugin, new scenes, and the plugin's switch."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import UUID

from piccolo.table import Table

from ...plugins.metadata import Plugin
from ...plugins.metadata import Scope as PluginScope
from ...plugins.queries import Standing
from ...plugins.rules import State
from ...types import Ask
from ..factories import Person, make_goods, make_person, make_shop
from ..processes import Process, Processes
from ..shopping import ask_body, deliver, make_shopper
from .scene import Scene
from .story import Story
from .switching import switch


class Stage:
    """Plays one story. `home` is the process that has the plugin; `processes` makes others."""

    def __init__(self, story: Story, home: Process, processes: Processes) -> None:
        self.story = story
        self.processes = processes
        self.home = processes.beside(story.plugin) if isinstance(story.plugin, Plugin) else home
        name = story.plugin.name if isinstance(story.plugin, Plugin) else story.plugin
        self.plugin: Plugin = self.home.mall.plugins.states.plugin(name)
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
            quantities=self.story.quantities,
            extra=self.story.extra,
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
        if place is None and self._before is None:
            await self.home.mall.plugins.states.forget()
            self._before = await self.home.mall.plugins.states.of(self.name, None)
        await self._go(place, state, self.story.settings)

    async def restore(self) -> None:
        """Leave the plugin in the mall as it was found."""
        if self._before is not None:
            await self._go(None, self._before.state, self._before.settings)

    async def _go(self, place: UUID | None, state: State, settings: Mapping[str, Any]) -> None:
        await switch(self.home.mall, self.name, place, state, settings)
        for process in self._others:
            await process.mall.plugins.states.forget()


def _app(path: str) -> Any:
    return import_module(path).APP_CONFIG


def _ask(plugin: str, wanted: str | Ask, place: UUID | None) -> dict[str, Any]:
    if isinstance(wanted, Ask):
        return ask_body(plugin, wanted.reference, wanted.store_id or place, wanted.amount)
    return ask_body(plugin, wanted, place, None)
