"""Plugins from the command line: what is installed, where it is on, and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from ..errors import NotFound
from ..mall import Mall
from ..plugins.changing import Wish, change
from ..plugins.queries import Standing, standing
from ..plugins.rules import State
from ..stores.queries import store_by_ref
from . import engines, uninstalling
from .ordering import set_classes, show_order

_STORE = click.option("--store", default=None, help="A store's id or slug; without it, the mall.")


@click.group()
def plugins() -> None:
    """What is installed, and where it is on."""


@plugins.command("list")
@_STORE
def list_plugins(store: str | None) -> None:
    """Every installed plugin with its distribution and its state, or the reason why one cannot be loaded."""

    async def work(mall: Mall) -> None:
        store_id = await _store_id(store)
        for plugin in mall.plugins.plugins:
            state = await _state(mall, plugin.name, store_id)
            click.echo(f"{plugin.name:20} {state:24} {plugin.distribution} {plugin.version}")
        if not mall.plugins.plugins:
            click.echo("No plugin is installed.")

    engines.run(work)


@plugins.command()
@click.argument("name")
@_STORE
def enable(name: str, store: str | None) -> None:
    """Switch the plugin NAME on."""
    engines.run(lambda mall: _switch(mall, name, store, {"off": "on", "draining": "on"}))


@plugins.command()
@click.argument("name")
@_STORE
def disable(name: str, store: str | None) -> None:
    """Take the plugin NAME one step down: from on to draining, and, called again, from draining to off."""
    engines.run(lambda mall: _switch(mall, name, store, {"on": "draining", "draining": "off"}))


@plugins.command()
@click.argument("name")
@click.argument("value", required=False)
@_STORE
def settings(name: str, value: str | None, store: str | None) -> None:
    """Show the settings of the plugin NAME, or replace them by VALUE, a JSON object."""

    async def work(mall: Mall) -> None:
        store_id = await _store_id(store)
        found = await _standing(mall, name, store_id)
        if value is not None:
            wish = Wish(revision=found.revision, settings=_object(value))
            found = await change(mall.plugins.states, name, store_id, wish, now=mall.now())
        click.echo(msgspec.json.encode(found.settings).decode())

    engines.run(work)


@plugins.command()
@click.argument("classes", nargs=-1)
@_STORE
def order(classes: tuple[str, ...], store: str | None) -> None:
    """Show the order of offer classes, and of the plugins in each hook; with CLASSES, set theirs, the highest first."""

    async def work(mall: Mall) -> None:
        store_id = await _store_id(store)
        if classes:
            await set_classes(mall, store_id, classes)
        await show_order(mall, store_id)

    engines.run(work)


@plugins.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only show what would be touched.")
@click.option("--export", "path", type=click.Path(path_type=Path), help="Write its rows to this new file first.")
@click.option("--no-export", is_flag=True, help="Remove its rows without writing them out.")
@click.option("--force", is_flag=True, help="Give up what waits for it: it says what.")
def uninstall(name: str, dry_run: bool, path: Path | None, no_export: bool, force: bool) -> None:
    """Remove what the plugin NAME has in the database: its tables, states and settings. It must be off everywhere."""
    if path is None and not (dry_run or no_export):
        raise click.UsageError("Say --export FILE, or --no-export.")
    engines.run(lambda mall: uninstalling.run(mall, name, path, dry=dry_run, force=force))


async def _switch(mall: Mall, name: str, store: str | None, steps: dict[State, State]) -> None:
    """Take the step that leads away from the current state, if there is one, and say what the state is."""
    store_id = await _store_id(store)
    found = await _standing(mall, name, store_id)
    following = steps.get(found.state)
    if following is not None:
        wish = Wish(revision=found.revision, state=following)
        found = await change(mall.plugins.states, name, store_id, wish, now=mall.now())
    click.echo(f"{name} is {found.state}.")


async def _standing(mall: Mall, name: str, store_id: UUID | None) -> Standing:
    states = mall.plugins.states
    return await standing(name, store_id) or states.unchanged(states.plugin(name), store_id)


async def _state(mall: Mall, name: str, store_id: UUID | None) -> str:
    states = mall.plugins.states
    state = (await states.of(name, store_id)).state
    stores = [] if store_id else [one for one in await states.stores(name) if one.state == "on"]
    return f"{state}, on in {len(stores)} stores" if stores else state


async def _store_id(ref: str | None) -> UUID | None:
    """Raises NotFound (`store_not_found`)."""
    if ref is None:
        return None
    found = await store_by_ref(ref)
    if found is None:
        raise NotFound(f"There is no store {ref}.", code="store_not_found")
    return found.id


def _object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"VALUE is not a JSON object: {error}") from error
